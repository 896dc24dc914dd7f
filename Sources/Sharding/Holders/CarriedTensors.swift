import Checkpoints
import MessagePassing
import Tensors

/// The tensors that a soup takes from the first ingredient as they are, where the coordinator cannot read that file:
/// fetched once, when the run begins.
package struct CarriedTensors: Sendable {
    private let bytes: AlignedBuffer<UInt8>
    private let places: [String: Int]

    /// Copies elements of one of the tensors.
    package func copy(_ tensor: StoredTensor, _ elements: Range<Int>, into target: UnsafeMutableRawPointer) {
        guard let place = places[tensor.name] else { preconditionFailure("\(tensor.name) was not fetched") }
        let size = tensor.type.byteCount
        target.copyMemory(
            from: bytes.base + place + elements.lowerBound * size,
            byteCount: elements.count * size
        )
    }

    /// Fetches them from the first rank that can read the first ingredient; every rank calls it.
    ///
    /// Returns nil but on the coordinator, and there too where it can read them itself.
    package static func fetch(
        _ pool: IngredientPool,
        _ layout: ParameterLayout,
        _ copies: InputCopies,
        on transport: any Transport
    ) throws -> CarriedTensors? {
        let holders = copies.holders(of: 0)
        guard let sender = holders.first, !holders.contains(0) else { return nil }
        let first = pool.ingredients[0]
        let fetched = try transport.agreeing { () -> CarriedTensors? in
            let tensors = try ModelFiles(like: first, layout: layout).carried
            guard !tensors.isEmpty, [0, sender].contains(transport.rank) else { return nil }
            let carried = CarriedTensors(for: tensors)
            guard transport.rank == sender else { return carried }
            for tensor in tensors {
                guard let place = carried.places[tensor.name] else { continue }
                try first.copyStored(tensor, 0..<tensor.count, into: carried.bytes.base + place)
            }
            return carried
        }
        guard let fetched else { return nil }
        let all = UnsafeMutableRawBufferPointer(fetched.bytes.elements)
        guard transport.isCoordinator else {
            try transport.exchange(
                sends: [Outgoing(bytes: UnsafeRawBufferPointer(all), to: 0)],
                receives: []
            )
            return nil
        }
        try transport.exchange(sends: [], receives: [Incoming(bytes: all, from: sender)])
        return fetched
    }

    private init(for tensors: [StoredTensor]) {
        var places: [String: Int] = [:]
        var end = 0
        for tensor in tensors {
            places[tensor.name] = end
            end += tensor.byteCount
        }
        self.places = places
        bytes = AlignedBuffer(count: end)
    }
}
