package import Tensor

/// The location and type of a tensor in a file; the reader of the file's format has checked them.
package struct TensorEntry: Sendable {
    /// The tensor's name in the file.
    package let name: String
    /// The mapped file that holds the tensor.
    package let file: MappedFile
    /// The format's name of the element type, such as `BF16` or `Q4_K`.
    package let typeName: String
    /// The element type; nil if no kernel reads it, which is an error only when the tensor is requested.
    package let format: WeightFormat?
    /// The extents, outermost first.
    package let extents: [Int]
    /// The range of the tensor's bytes in the file, whose length matches type and extents.
    package let byteRange: Range<Int>

    /// The tensor, which views the mapped file if its alignment allows. Each tensor has its own storage, so that its
    /// pages can be released separately. Throws for a type without a kernel and for more than four dimensions.
    package func tensor() throws(LoadError) -> Tensor {
        guard let format else {
            let known = WeightFormat.allCases.map(\.fileName).joined(separator: ", ")
            throw failure(expected: "one of the types \(known)", found: typeName)
        }
        guard extents.count <= 4 else {
            throw failure(expected: "at most 4 dimensions", found: "\(extents.count)")
        }
        guard (extents.last ?? 1).isMultiple(of: format.blockSize), format.isQuantized == false || !extents.isEmpty
        else {
            throw failure(expected: "a row length that is a multiple of \(format.blockSize)", found: "shape \(extents)")
        }
        let alignment = format.isQuantized ? 2 : format.blockByteCount
        let storage = file.storage(byteRange, alignment: alignment)
        return Tensor(storage: storage, shape: Shape(extents), format: format)
    }

    /// The tensor; throws unless it has exactly this shape.
    package func tensor(shape: Shape) throws(LoadError) -> Tensor {
        let tensor = try tensor()
        guard tensor.shape == shape else { throw failure(expected: "shape \(shape)", found: "\(tensor.shape)") }
        return tensor
    }

    /// The tensors that this one stacks along its first dimension; none for a scalar.
    var slices: [TensorEntry] {
        guard let count = extents.first else { return [] }
        let size = byteRange.count / max(1, count)
        return (0..<count).map { index in
            let start = byteRange.lowerBound + index * size
            return TensorEntry(
                name: "\(name)[\(index)]", file: file, typeName: typeName, format: format,
                extents: Array(extents.dropFirst()), byteRange: start..<start + size)
        }
    }

    /// An error about the tensor that names its file, for checks by the caller.
    package func failure(expected: String, found: String) -> LoadError {
        LoadError(file: file.name, tensor: name, expected: expected, found: found)
    }
}

extension TensorEntry {
    /// The number of elements; nil if it overflows.
    static func elementCount(_ extents: [Int]) -> Int? {
        var count = 1
        for extent in extents {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            if overflow { return nil }
            count = product
        }
        return count
    }

    /// Throws if two entries of one file share bytes.
    static func checkDisjoint(_ entries: [TensorEntry]) throws(LoadError) {
        let occupied = entries.filter { !$0.byteRange.isEmpty }
            .sorted { $0.byteRange.lowerBound < $1.byteRange.lowerBound }
        for (entry, next) in zip(occupied, occupied.dropFirst())
        where next.byteRange.lowerBound < entry.byteRange.upperBound {
            throw next.failure(
                expected: "bytes of its own", found: "an overlap with tensor '\(entry.name)' in bytes \(next.byteRange)"
            )
        }
    }
}

extension WeightFormat {
    /// The type's name in files of both formats, such as `BF16` or `Q4_K`.
    var fileName: String {
        switch self {
        case .float32: "F32"
        case .float16: "F16"
        case .bfloat16: "BF16"
        default: rawValue.uppercased()
        }
    }

    init?(fileName: String) {
        guard let type = WeightFormat.allCases.first(where: { $0.fileName == fileName }) else { return nil }
        self = type
    }
}
