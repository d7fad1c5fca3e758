import Checkpoint
import Tensor

/// Errors about weights that are infinite or not a number, by file, tensor and place.
extension WeightLoader {
    func nonFinite(_ element: MatrixPlace, in source: Source) -> LoadError {
        let matrix: Tensor
        switch source.part.weight {
        case .dense(let tensor, _), .blocks(let tensor): matrix = tensor
        case .codes: return source.entry.failure(expected: "finite values", found: "others")
        }
        return failure(element, of: matrix, source.entry, source.place)
    }

    func requireFinite(_ matrix: Tensor, _ entry: TensorEntry) throws(LoadError) {
        if let element = backend.firstNonFinite(in: matrix) { throw failure(element, of: matrix, entry, nil) }
    }

    func requireFinite(_ elements: [Float], _ shape: Shape, _ entry: TensorEntry, place: Place?) throws(LoadError) {
        guard let index = elements.firstIndex(where: { !$0.isFinite }) else { return }
        let element = shape.rank < 2 ? [index] : [index / shape[1], index % shape[1]]
        throw Self.failure(elements[index], at: place?.inTensor(element) ?? element, entry)
    }

    private func failure(_ element: MatrixPlace, of matrix: Tensor, _ entry: TensorEntry, _ place: Place?) -> LoadError
    {
        let row = backend.makeTensor(Shape(1, matrix.shape[1]))
        backend.embed([UInt32(element.row)], EmbeddingSpec(table: matrix), output: row)
        backend.synchronize()
        let indices = [element.row, element.column]
        return Self.failure(row.floatArray[element.column], at: place?.inTensor(indices) ?? indices, entry)
    }

    private static func failure(_ value: Float, at place: [Int], _ entry: TensorEntry) -> LoadError {
        let name = value.isNaN ? "NaN" : "infinity"
        return entry.failure(expected: "finite values", found: "\(name) at \(place)")
    }
}

extension WeightLoader.Place {
    /// The indices in the whole tensor of an element of the matrix or vector.
    fileprivate func inTensor(_ indices: [Int]) -> [Int] {
        switch self {
        case .stack(let index, _): [index] + indices
        case .rows(let rows, _): [rows.lowerBound + indices[0]] + indices.dropFirst()
        }
    }
}
