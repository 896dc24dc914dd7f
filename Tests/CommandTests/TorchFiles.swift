import Foundation

/// A checkpoint as `torch.save` writes it, made of a safetensors file's tensors.
struct TorchFiles {
    let tensors: [Safetensors.Tensor]
    /// What every name begins with in the file.
    var prefix = ""
    /// The entry of a training checkpoint that the tensors are put under; nil for none.
    var wrapper: String?
    /// Another entry beside it, and its tensors.
    var beside: (entry: String, tensors: [Safetensors.Tensor])?
    /// Matrices whose numbers lie in column-major order, as those of a transposed tensor do.
    var transposed: Set<String> = []

    var bytes: [UInt8] {
        var members: [(name: String, bytes: [UInt8])] = [("archive/data.pkl", pickle)]
        members.append(("archive/byteorder", Array("little".utf8)))
        for (index, tensor) in (tensors + (beside?.tensors ?? [])).enumerated() {
            members.append(("archive/data/\(index)", numbers(tensor)))
        }
        members.append(("archive/version", Array("3\n".utf8)))
        return zip(members)
    }

    private func numbers(_ tensor: Safetensors.Tensor) -> [UInt8] {
        guard transposed.contains(tensor.name) else { return tensor.bytes }
        let (rows, columns, size) = (tensor.shape[0], tensor.shape[1], 4)
        return (0..<columns).flatMap { column in
            (0..<rows).flatMap { row in
                let place = (row * columns + column) * size
                return tensor.bytes[place..<place + size]
            }
        }
    }

    private var pickle: [UInt8] {
        var pickle: [UInt8] = [0x80, 2]
        guard let wrapper else { return pickle + dictionary(tensors, from: 0) + ".".utf8 }
        pickle += Array("}".utf8) + text(wrapper) + dictionary(tensors, from: 0) + "s".utf8
        if let beside {
            pickle += text(beside.entry) + dictionary(beside.tensors, from: tensors.count) + "s".utf8
        }
        return pickle + ".".utf8
    }

    /// * `first`: the number of the first tensor's storage
    private func dictionary(_ tensors: [Safetensors.Tensor], from first: Int) -> [UInt8] {
        var pickle = Array("}(".utf8)
        for (index, tensor) in tensors.enumerated() {
            var strides = tensor.shape.indices.map { tensor.shape[($0 + 1)...].reduce(1, *) }
            if transposed.contains(tensor.name) { strides = [1, tensor.shape[0]] }
            let count = tensor.shape.reduce(1, *)
            pickle += text(prefix + tensor.name)
            pickle += Array("ctorch._utils\n_rebuild_tensor_v2\n((".utf8)
            pickle += text("storage") + Array("ctorch\nFloatStorage\n".utf8) + text("\(first + index)")
            pickle += text("cpu") + number(count) + Array("tQ".utf8) + number(0)
            for list in [tensor.shape, strides] {
                pickle += Array("(".utf8) + list.flatMap(number) + Array("t".utf8)
            }
            pickle += [0x89] + Array("ccollections\nOrderedDict\n)RtR".utf8)
        }
        return pickle + Array("u".utf8)
    }

    private func text(_ text: String) -> [UInt8] {
        [UInt8(ascii: "X")] + littleEndian(UInt32(text.utf8.count)) + text.utf8
    }

    private func number(_ value: Int) -> [UInt8] { [UInt8(ascii: "J")] + littleEndian(UInt32(value)) }

    /// A zip file of members that are not packed, with no checksums.
    private func zip(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        let zeros = [UInt8](repeating: 0, count: 12)
        for (name, bytes) in members {
            let count = littleEndian(UInt32(bytes.count))
            let lengths = littleEndian(UInt16(name.utf8.count)) + [0, 0]
            // From the checksum on the two headers agree.
            let common = zeros[..<4] + count + count + lengths
            directory += [0x50, 0x4B, 1, 2] + zeros + common + zeros[..<10]
            directory += littleEndian(UInt32(file.count)) + name.utf8
            file += [0x50, 0x4B, 3, 4] + zeros[..<10] + common + name.utf8 + bytes
        }
        let count = littleEndian(UInt16(members.count))
        let places = littleEndian(UInt32(directory.count)) + littleEndian(UInt32(file.count))
        return file + directory + [0x50, 0x4B, 5, 6] + zeros[..<4] + count + count + places + [0, 0]
    }
}
