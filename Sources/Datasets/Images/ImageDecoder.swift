import CVips
import Files

/// Decodes image files, told apart by their first bytes: JPEG, PNG and WebP.
///
/// Pixels are those that Pillow decodes, then turned upright as EXIF says. Animations give their first picture.
enum ImageDecoder {
    /// As many as Pillow takes before it cries "decompression bomb".
    static let mostPixels = 178_956_970

    enum Format: String {
        case jpeg = "JPEG"
        case png = "PNG"
        case webp = "WebP"

        /// What the first bytes say; nil for none of them.
        init?(_ bytes: UnsafeRawBufferPointer) {
            if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
                self = .jpeg
            } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
                self = .png
            } else if bytes.count >= 12, bytes.starts(with: "RIFF".utf8),
                bytes[8..<12].elementsEqual("WEBP".utf8)
            {
                self = .webp
            } else {
                return nil
            }
        }

        fileprivate var code: cvips_format {
            switch self {
            case .jpeg: CVIPS_JPEG
            case .png: CVIPS_PNG
            case .webp: CVIPS_WEBP
            }
        }
    }

    /// Grey images have one channel, all others three.
    ///
    /// * `name`: for messages: the file, or the member of an archive
    static func decode(_ bytes: UnsafeRawBufferPointer, name: String) throws(DatasetError) -> Pixels {
        guard let format = Format(bytes) else {
            throw DatasetError(
                name,
                expected: "a JPEG, PNG or WebP image",
                found: ForeignContent(bytes)?.description ?? "something else"
            )
        }
        var image = cvips_image()
        let status = cvips_decode(bytes.baseAddress, bytes.count, format.code, Int64(mostPixels), &image)
        guard status == CVIPS_OK, let pixels = image.pixels else {
            throw DatasetError(name, expected: expectation(status, format), found: finding(status, image))
        }
        return Pixels(
            adopting: pixels,
            height: Int(image.height),
            width: Int(image.width),
            channels: Int(image.channels)
        )
    }

    /// To be called before a thread ends that has decoded.
    static func endThread() { cvips_end_thread() }

    private static func expectation(_ status: cvips_status, _ format: Format) -> String {
        switch status {
        case CVIPS_TOO_LARGE: "an image of at most \(mostPixels) pixels"
        case CVIPS_UNKNOWN_KIND: "a \(format.rawValue) of 8 or 16 bits and up to 4 channels"
        case CVIPS_NO_LIBRARY: "libvips to start"
        case CVIPS_NO_MEMORY: "memory for an image"
        default: "a sound \(format.rawValue) image"
        }
    }

    private static func finding(_ status: cvips_status, _ image: cvips_image) -> String {
        switch status {
        case CVIPS_TOO_LARGE: "\(image.width)×\(image.height)"
        case CVIPS_BAD_HEADER: "a header that cannot be read"
        case CVIPS_UNKNOWN_KIND: "another kind"
        case CVIPS_NO_LIBRARY: "that it did not"
        case CVIPS_NO_MEMORY: "too little"
        default: "a broken one, or one cut short"
        }
    }
}
