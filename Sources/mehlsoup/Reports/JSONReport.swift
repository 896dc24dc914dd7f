import Checkpoints
import Foundation

/// Any JSON, laid out to be read.
struct JSONReport: Report {
    let kind = "JSON"
    let path: String
    private let bytes: Data

    private enum CodingKeys: CodingKey { case kind, path }

    init(_ path: String) throws {
        self.path = path
        bytes = try jsonBytes(of: path)
        // Layout reads what it is given as if it were sound; this makes sure.
        guard (try? JSONSerialization.jsonObject(with: bytes)) != nil else {
            throw CheckpointError(path, expected: "JSON", found: "something else, or a file cut short")
        }
    }

    var lines: [String] {
        var layout = JSONLayout(bytes)
        return ["\(path.onOneLine): JSON"] + layout.lines().map { "  \($0.onOneLine)" }
    }
}

/// Lays JSON out anew, keeping the order of members and every digit.
///
/// What fits into a line stands on one. The text must be sound JSON, or the layout makes no sense; it never traps.
private struct JSONLayout {
    private let tokens: [String]
    private var position = 0
    private let width = 100

    init(_ bytes: Data) {
        var tokens: [String] = []
        var token: [UInt8] = []
        var isString = false
        var isEscaped = false
        func end() {
            if !token.isEmpty { tokens.append(String(decoding: token, as: UTF8.self)) }
            token.removeAll(keepingCapacity: true)
        }
        for byte in bytes {
            if isString {
                token.append(byte)
                if byte == UInt8(ascii: "\""), !isEscaped {
                    isString = false
                    end()
                }
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
                continue
            }
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): end()
            case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"),
                UInt8(ascii: ","), UInt8(ascii: ":"):
                end()
                tokens.append(String(Unicode.Scalar(byte)))
            default:
                isString = byte == UInt8(ascii: "\"")
                token.append(byte)
            }
        }
        end()
        self.tokens = tokens
    }

    /// The lines of the value that comes next.
    mutating func lines() -> [String] {
        let start = take()
        guard start == "{" || start == "[" else { return [start] }
        let end = start == "{" ? "}" : "]"
        var items: [[String]] = []
        while let token = next, token != end {
            if token == "," {
                _ = take()
                continue
            }
            let name = start == "{" ? "\(take())\(take()) " : ""
            var item = lines()
            item[0] = name + item[0]
            items.append(item)
        }
        _ = take()
        if items.allSatisfy({ $0.count == 1 }) {
            let line = start + items.map { $0[0] }.joined(separator: ", ") + end
            if line.count <= width { return [line] }
        }
        for index in items.indices.dropLast() { items[index][items[index].count - 1] += "," }
        return [start] + items.joined().map { "  \($0)" } + [end]
    }

    private var next: String? { position < tokens.count ? tokens[position] : nil }

    private mutating func take() -> String {
        defer { position += 1 }
        return next ?? ""
    }
}
