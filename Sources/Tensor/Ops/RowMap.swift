/// Which stored rows the outputs of a layer take: how a file arranges rows, undone when it is loaded. The same map serves
/// the rows of a weight, its biases, scales and zero points, the weights of a norm over heads and the rows of an adapter.
package struct RowMap: Hashable, Sendable {
    /// The stored row of each output; nil for all rows in order.
    package let rows: [Int32]?

    private init(rows: [Int32]?) { self.rows = rows }

    /// All rows in order.
    package static let asStored = RowMap(rows: nil)

    /// A range of a fused matrix.
    package static func slice(_ range: Range<Int>) -> RowMap { RowMap(rows: range.map { Int32($0) }) }

    /// Heads whose first `rotatedDim` rows are stored as pairs (0, d/2, 1, d/2 + 1, ...), put back into halves, so that
    /// there is one rotary form.
    package static func interleavedHeads(count: Int, headDim: Int, rotatedDim: Int? = nil) -> RowMap {
        let half = (rotatedDim ?? headDim) / 2
        return RowMap(
            rows: (0..<count * headDim).map { index in
                let (head, offset) = index.quotientAndRemainder(dividingBy: headDim)
                let stored = offset < half ? 2 * offset : offset < 2 * half ? 2 * (offset - half) + 1 : offset
                return Int32(head * headDim + stored)
            })
    }

    /// The part `part` of `partCount` in a matrix that stores the parts of one head (such as query, key and value) next to
    /// each other: `[heads][parts][headDim]`.
    package static func partOfEveryHead(_ part: Int, of partCount: Int, headCount: Int, headDim: Int) -> RowMap {
        RowMap(
            rows: (0..<headCount * headDim).map { index in
                let (head, offset) = index.quotientAndRemainder(dividingBy: headDim)
                return Int32((head * partCount + part) * headDim + offset)
            })
    }

    /// How many outputs a matrix of `storedCount` rows has by this map.
    package func count(ofStored storedCount: Int) -> Int { rows?.count ?? storedCount }

    /// The stored rows must number at least this; 0 where all rows are taken in order.
    package var leastStoredCount: Int { rows.map { Int($0.max() ?? -1) + 1 } ?? 0 }

    /// The map of some outputs only: a rank's share.
    package func outputs(_ range: Range<Int>) -> RowMap {
        rows.map { RowMap(rows: Array($0[range])) } ?? .slice(range)
    }

    /// The map that takes this map's outputs from the outputs of `other`.
    package func after(_ other: RowMap) -> RowMap {
        guard let rows else { return other }
        guard let stored = other.rows else { return self }
        return RowMap(rows: rows.map { stored[Int($0)] })
    }

    /// The stored row of output `index`.
    package func storedRow(_ index: Int) -> Int { rows.map { Int($0[index]) } ?? index }

    /// A vector with one float32 element per stored row, in the order of the outputs. Rows out of the vector trap.
    package func applied(to vector: Tensor) -> Tensor {
        guard let rows else { return vector }
        let stored = vector.floatArray
        return Tensor(rows.map { stored[Int($0)] }, shape: Shape(rows.count))
    }
}
