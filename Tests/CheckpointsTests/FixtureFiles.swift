import Foundation

func fixture(_ name: String) -> String { "\(Bundle.module.bundlePath)/Fixtures/\(name)" }

func bytes(of path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

/// A safetensors file with any header, however wrong.
func safetensors(_ header: String, data: [UInt8]) -> [UInt8] {
    let length = header.utf8.count
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header.utf8 + data
}

func littleEndian(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
}

/// A zip file of members that are not packed, with no checksums.
func zip(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    func number(_ value: Int, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, bytes) in members {
        let sizes = number(0, 4) + number(bytes.count, 4) + number(bytes.count, 4)
        let lengths = number(name.utf8.count, 2) + number(0, 2)
        directory += number(0x0201_4B50, 4) + number(0, 12) + sizes + lengths
        directory += number(0, 10) + number(file.count, 4) + name.utf8
        file += number(0x0403_4B50, 4) + number(0, 10) + sizes + lengths + name.utf8 + bytes
    }
    let end = number(members.count, 2) + number(members.count, 2)
    return file + directory + number(0x0605_4B50, 4) + number(0, 4) + end + number(directory.count, 4)
        + number(file.count, 4) + number(0, 2)
}
