import Checkpoints
import Files
import Foundation

/// Images and labels in IDX files, the form MNIST came in.
///
/// The format: two zero bytes, the number type (8: unsigned byte), the number of dimensions, each dimension in 32 bits
/// (big-endian), the numbers. Source: http://yann.lecun.com/exdb/mnist.
enum IDXFolder {
    static func images(_ folder: String, _ part: DatasetReference.Part) throws -> StoredArray {
        try array("\(folder)/\(part.filePrefix)-images-idx3-ubyte", dimensions: 3)
    }

    static func labels(_ folder: String, _ part: DatasetReference.Part) throws -> StoredArray {
        try array("\(folder)/\(part.filePrefix)-labels-idx1-ubyte", dimensions: 1)
    }

    /// Whether a folder holds such files.
    static func isFolder(_ path: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.contains { $0.contains("-idx3-ubyte") }
    }

    /// The plain file where there is one, else the one ending in ".gz".
    private static func array(_ plainPath: String, dimensions: Int) throws -> StoredArray {
        let compressedPath = plainPath + ".gz"
        if FileManager.default.fileExists(atPath: plainPath) {
            let file = try MappedFile(plainPath)
            if let content = file.content {
                throw DatasetError(plainPath, expected: "an IDX file", found: content.description)
            }
            return try array(ArraySource(file, 0..<file.bytes.count, path: plainPath), dimensions: dimensions)
        }
        guard FileManager.default.fileExists(atPath: compressedPath) else {
            throw DatasetError(plainPath, expected: "this file, plain or with .gz", found: "neither")
        }
        let file = try MappedFile(compressedPath)
        if let content = file.content, content != .gzip {
            throw DatasetError(
                compressedPath,
                expected: ForeignContent.gzip.description,
                found: content.description
            )
        }
        let source = try ArraySource(
            file,
            0..<file.bytes.count,
            path: compressedPath,
            wrapping: .gzip,
            checksum: nil
        )
        return try array(source, dimensions: dimensions)
    }

    private static func array(_ source: ArraySource, dimensions: Int) throws -> StoredArray {
        var source = source
        let magic = try source.header(4)
        guard magic == [0, 0, 8, UInt8(dimensions)] else {
            throw DatasetError(
                source.path,
                expected: "an IDX file of unsigned bytes in \(dimensions) dimensions (0 0 8 \(dimensions))",
                found: magic.map(String.init).joined(separator: " ")
            )
        }
        let sizes = try source.header(4 * dimensions)
        let shape = (0..<dimensions).map { index in
            sizes[4 * index..<4 * index + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        guard let count = shape.product else {
            throw DatasetError(source.path, expected: "fewer than 2⁶³ bytes", found: shape.shapeText)
        }
        return StoredArray(number: .uint8, shape: shape, storage: try source.array(count))
    }
}
