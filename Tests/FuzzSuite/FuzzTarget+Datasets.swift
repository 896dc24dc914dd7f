import Archives
import Datasets
import Files

extension FuzzTarget {
    /// Deflated bytes become a thousand at most.
    private static let inflated = Inflater.greatestRatio + 256

    /// Images and labels.
    static let datasets = [
        FuzzTarget("npz", expansion: inflated) { folder, bytes in
            try read("\(folder.write(bytes, "data.npz"))[:]")
        },
        // One array in a sound archive, as images and as labels.
        FuzzTarget("npy") { folder, bytes in
            let images = array("|u1", "3, 2, 2", [UInt8](repeating: 7, count: 12))
            let labels = array("|u1", "3,", [0, 1, 2])
            for (images, labels) in [(bytes, labels), (images, bytes)] {
                let archive = StoredZip.archive([("images.npy", images), ("labels.npy", labels)])
                try tolerating { try read(folder.write(archive, "data.npz")) }
            }
        },
        FuzzTarget("arrays") { folder, bytes in try read(folder.write(bytes, "data.safetensors")) },
        // One file, as images and as labels, packed where it begins as gzip does.
        FuzzTarget("idx", expansion: inflated) { folder, bytes in
            let suffix = bytes.starts(with: [0x1F, 0x8B]) ? ".gz" : ""
            let (imageName, labelName) = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
            let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2] + Array(0..<12)
            let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 2]
            for isImages in [true, false] {
                folder.remove(imageName, labelName, "\(imageName).gz", "\(labelName).gz")
                _ = try folder.write(isImages ? bytes : images, imageName + (isImages ? suffix : ""))
                _ = try folder.write(isImages ? labels : bytes, labelName + (isImages ? "" : suffix))
                try tolerating { try read("\(folder.path):train") }
            }
        },
        FuzzTarget("tar") { folder, bytes in
            let path = try folder.write(sealed(bytes), "data.tar")
            try tolerating { _ = try TarArchive(MappedFile(path)).members }
            let transform = ImageTransform(crop: .init(height: 2, width: 2), mean: [0], std: [1])
            let dataset = try Dataset.open(path, transform: transform)
            _ = (dataset.labels, try dataset.digest())
        },
    ]

    /// Opens a data set and reads every image, one rank's after another's.
    private static func read(_ reference: String) throws {
        let dataset = try Dataset.open(reference)
        _ = try dataset.digest()
        try tolerating { try dataset.checkLabels(classes: 2) }
        let normalisation = Normalisation(
            mean: [Float](repeating: 0.5, count: min(dataset.channels, 4)),
            std: [Float](repeating: 2, count: min(dataset.channels, 4))
        )
        let image = UnsafeMutablePointer<Float>.allocate(capacity: dataset.imageLength)
        defer { image.deallocate() }
        for sample in 0..<min(dataset.count, 64) {
            try tolerating { try dataset.read([sample], normalisation: normalisation, into: image) }
        }
    }

    /// A file in NumPy's form.
    private static func array(_ type: String, _ shape: String, _ data: [UInt8]) -> [UInt8] {
        let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape))}\n"
        return [0x93] + "NUMPY".utf8 + [1, 0, UInt8(header.utf8.count), 0] + header.utf8 + data
    }

    /// The same with the right checksum in whatever looks like a header: chance alone would not find it.
    private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for start in stride(from: 0, to: bytes.count - 511, by: 512)
        where bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) {
            let sum = (start..<start + 512).reduce(0) {
                $0 + ((148..<156).contains($1 - start) ? 32 : Int(bytes[$1]))
            }
            let digits = Array(String(sum, radix: 8).utf8)
            bytes.replaceSubrange(
                start + 148..<start + 156,
                with: digits + [UInt8](repeating: 0, count: 8 - digits.count)
            )
        }
        return bytes
    }
}
