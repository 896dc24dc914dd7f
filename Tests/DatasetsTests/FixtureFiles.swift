import Foundation

func fixture(_ name: String) -> String { "\(Bundle.module.bundlePath)/Fixtures/\(name)" }

func bytes(of path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
