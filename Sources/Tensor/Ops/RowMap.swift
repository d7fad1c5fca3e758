/// Maps the outputs of a layer to stored rows, which undoes a file's row order at load time. The same map applies to
/// weights, biases, scales and zero points, to the weights of norms over heads, and to adapters.
package struct RowMap: Hashable, Sendable {
    /// The stored row of each output; nil for all rows in order.
    package let rows: [Int32]?

    private init(rows: [Int32]?) { self.rows = rows }

    /// All rows in order.
    package static let asStored = RowMap(rows: nil)

    /// Takes a range of the rows of a fused matrix.
    package static func slice(_ range: Range<Int>) -> RowMap { RowMap(rows: range.map { Int32($0) }) }

    /// Puts heads whose first `rotatedDim` rows are stored as pairs (0, d/2, 1, d/2 + 1, ...) back into halves, the
    /// only rotary form that kernels know.
    package static func interleavedHeads(count: Int, headDim: Int, rotatedDim: Int? = nil) -> RowMap {
        let half = (rotatedDim ?? headDim) / 2
        return RowMap(
            rows: (0..<count * headDim).map { index in
                let (head, offset) = index.quotientAndRemainder(dividingBy: headDim)
                let stored = offset < half ? 2 * offset : offset < 2 * half ? 2 * (offset - half) + 1 : offset
                return Int32(head * headDim + stored)
            })
    }

    /// Takes part `part` of `partCount` from a matrix that stores the parts of each head (such as query, key and value)
    /// next to each other: `[heads][parts][headDim]`.
    package static func partOfEveryHead(_ part: Int, of partCount: Int, headCount: Int, headDim: Int) -> RowMap {
        RowMap(
            rows: (0..<headCount * headDim).map { index in
                let (head, offset) = index.quotientAndRemainder(dividingBy: headDim)
                return Int32((head * partCount + part) * headDim + offset)
            })
    }

    /// Returns the number of outputs that the map takes from a matrix of `storedCount` rows.
    package func count(ofStored storedCount: Int) -> Int { rows?.count ?? storedCount }

    /// Minimum number of stored rows; 0 if all rows are taken in order.
    package var leastStoredCount: Int { rows.map { Int($0.max() ?? -1) + 1 } ?? 0 }

    /// Returns the map restricted to some outputs, such as a rank's shard.
    package func outputs(_ range: Range<Int>) -> RowMap {
        rows.map { RowMap(rows: Array($0[range])) } ?? .slice(range)
    }

    /// Returns the composition that takes this map's outputs from the outputs of `other`.
    package func after(_ other: RowMap) -> RowMap {
        guard let rows else { return other }
        guard let stored = other.rows else { return self }
        return RowMap(rows: rows.map { stored[Int($0)] })
    }

    /// Returns the stored row of output `index`.
    package func storedRow(_ index: Int) -> Int { rows.map { Int($0[index]) } ?? index }

    /// Reorders a float32 vector with one element per stored row into output order. Traps if a row is out of range.
    package func applied(to vector: Tensor) -> Tensor {
        guard let rows else { return vector }
        let stored = vector.floatArray
        return Tensor(rows.map { stored[Int($0)] }, shape: Shape(rows.count))
    }
}
