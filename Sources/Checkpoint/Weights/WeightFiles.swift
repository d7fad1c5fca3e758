package import Tensor

/// The tensors of a model by Hugging Face name, independent of the format and the number of files.
package struct WeightFiles: Sendable {
    /// The file or index that messages about an absent tensor name.
    package let location: String
    /// The names of all tensors, in file order.
    package let tensorNames: [String]
    private let stored: [String: StoredTensor]
    private let read = ReadNames()

    /// Throws if a name is repeated.
    init(location: String, _ named: [(name: String, tensor: StoredTensor)]) throws(LoadError) {
        var stored: [String: StoredTensor] = [:]
        stored.reserveCapacity(named.count)
        for (name, tensor) in named where stored.updateValue(tensor, forKey: name) != nil {
            throw LoadError(file: location, tensor: name, expected: "one tensor of this name", found: "several")
        }
        self.location = location
        self.stored = stored
        tensorNames = named.map(\.name)
    }

    /// Whether there is a tensor of this name.
    package func contains(_ name: String) -> Bool { stored[name] != nil }

    /// Whether the name of a tensor begins with `prefix`.
    package func hasTensors(prefix: String) -> Bool { tensorNames.contains { $0.hasPrefix(prefix) } }

    /// The tensor's description, or that of its first part, without touching its bytes; nil if it is absent.
    package func entry(named name: String) -> TensorEntry? { stored[name]?.parts.first }

    /// The tensor in the file's form, without touching its bytes; throws if it is absent.
    package func stored(named name: String) throws(LoadError) -> StoredTensor {
        read.insert(name)
        guard let tensor = stored[name] else {
            throw LoadError(file: location, tensor: name, expected: "a tensor of this name", found: "none")
        }
        return tensor
    }

    /// The tensor, in the shape that it has in the file; throws if it is absent.
    package func tensor(named name: String) throws(LoadError) -> Tensor { try stored(named: name).parts[0].tensor() }

    /// The tensor; throws if it is absent or does not have exactly this shape.
    package func tensor(named name: String, shape: Shape) throws(LoadError) -> Tensor {
        try stored(named: name).parts[0].tensor(shape: shape)
    }

    /// Marks a tensor as read because the model does not need it.
    package func ignore(_ name: String) { read.insert(name) }

    /// Throws for a tensor that has not been read and that could change the model's results.
    package func requireAllRead() throws(LoadError) {
        let unread = tensorNames.filter { name in
            !read.contains(name) && !HarmlessNames.tensorEndings.contains(where: name.hasSuffix)
        }
        guard let first = unread.first else { return }
        let others = unread.count == 1 ? "" : " and \(unread.count - 1) more"
        throw failure(named: first, expected: "a tensor that the model reads", found: "one that it does not\(others)")
    }

    /// An error about a tensor that names its file, for checks by the caller.
    package func failure(named name: String, expected: String, found: String) -> LoadError {
        entry(named: name)?.failure(expected: expected, found: found)
            ?? LoadError(file: location, tensor: name, expected: expected, found: found)
    }

    /// Bytes from the middle of each tensor, which tell models of the same shape apart.
    package var sample: [UInt8] {
        tensorNames.flatMap { name -> [UInt8] in
            guard let entry = entry(named: name) else { return [] }
            let start = entry.byteRange.lowerBound + entry.byteRange.count / 2
            return entry.file.bytes(start..<min(start + 32, entry.byteRange.upperBound))
        }
    }

    /// The size of all tensors in bytes.
    package var byteCount: Int { stored.values.reduce(0) { $0 + $1.parts.reduce(0) { $0 + $1.byteRange.count } } }
}
