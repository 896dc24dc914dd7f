import Tensors

#if canImport(Glibc)
import Glibc
#endif

extension IngredientPool {
    /// Names of those of the first ingredient's tensors of which another ingredient has other bytes.
    ///
    /// - Throws: `FileError` where a file was cut meanwhile.
    package func differing(_ tensors: [StoredTensor]) throws -> [String] {
        let (own, others) = (AlignedBuffer<UInt8>(count: pieceBytes), AlignedBuffer<UInt8>(count: pieceBytes))
        func differs(_ tensor: StoredTensor) throws -> Bool {
            let step = pieceBytes / tensor.type.byteCount
            for start in stride(from: 0, to: tensor.count, by: step) {
                let elements = start..<min(start + step, tensor.count)
                try ingredients[0].copyStored(tensor, elements, into: own.base)
                for ingredient in ingredients.dropFirst() {
                    guard let other = ingredient.tensors[tensor.name] else { return true }
                    try ingredient.copyStored(other, elements, into: others.base)
                    let bytes = elements.count * tensor.type.byteCount
                    if memcmp(own.base, others.base, bytes) != 0 { return true }
                }
            }
            return false
        }
        return try tensors.filter(differs).map(\.name)
    }
}

private let pieceBytes = 1 << 20
