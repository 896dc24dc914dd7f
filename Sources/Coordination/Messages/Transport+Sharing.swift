import Foundation
import MessagePassing

extension Transport {
    /// Gives every rank what each rank has to say, in rank order.
    ///
    /// For the few things that ranks tell each other before a run: what travels is JSON. Throws `MessageError` where a
    /// message is not what was sent.
    package func share<T: Codable>(_ value: T) throws -> [T] {
        guard size > 1 else { return [value] }
        let own = try JSONEncoder().encode(Envelope(version: messageVersion, content: value))
        let gathered = try gather(Array(own))
        let all = try broadcast(gathered.map(Self.joined))
        return try parted(all).map { message in
            let envelope: Envelope<T>
            do {
                envelope = try JSONDecoder().decode(Envelope<T>.self, from: Data(message))
            } catch {
                throw MessageError("no \(T.self) in \(message.count) bytes")
            }
            guard envelope.version == messageVersion else {
                throw MessageError("version \(messageVersion) expected, \(envelope.version) found")
            }
            return envelope.content
        }
    }

    /// Messages in one: 8 bytes that hold the length, then the message, for each.
    private static func joined(_ messages: [[UInt8]]) -> [UInt8] {
        messages.flatMap { message in
            withUnsafeBytes(of: UInt64(message.count).littleEndian, Array.init) + message
        }
    }

    private func parted(_ bytes: [UInt8]) throws(MessageError) -> [ArraySlice<UInt8>] {
        var messages: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        for _ in 0..<size {
            guard rest.count >= 8 else { throw MessageError("\(bytes.count) bytes for \(size) ranks") }
            let length = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            rest = rest.dropFirst(8)
            guard length <= UInt64(rest.count) else {
                throw MessageError("\(length) bytes announced, \(rest.count) found")
            }
            messages.append(rest.prefix(Int(length)))
            rest = rest.dropFirst(Int(length))
        }
        guard rest.isEmpty else { throw MessageError("\(rest.count) bytes too many") }
        return messages
    }
}

private struct Envelope<T: Codable>: Codable {
    let version: UInt32
    let content: T
}
