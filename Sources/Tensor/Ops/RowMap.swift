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

    /// Puts heads of which `rotatedDim` rows, from `first` on, are stored as pairs (0, d/2, 1, d/2 + 1, ...) back into
    /// halves, the only rotary form that kernels know.
    package static func interleavedHeads(
        count: Int, headDim: Int, from first: Int = 0, rotatedDim: Int? = nil
    ) -> RowMap {
        let half = (rotatedDim ?? headDim - first) / 2
        return RowMap(
            rows: (0..<count * headDim).map { index in
                let place = index % headDim - first
                let stored = (0..<half).contains(place) ? 2 * place : 2 * (place - half) + 1
                return Int32((0..<2 * half).contains(place) ? index - place + stored : index)
            })
    }

    /// Takes the heads in `heads` of every group from a matrix that stores groups of `groupSize` heads (such as some
    /// queries with their key and value): `[groups][groupSize][headDim]`.
    package static func headsOfEveryGroup(
        _ heads: Range<Int>, of groupSize: Int, groupCount: Int, headDim: Int
    ) -> RowMap {
        RowMap(
            rows: (0..<groupCount).flatMap { group in
                heads.flatMap { head in
                    (0..<headDim).map { Int32((group * groupSize + head) * headDim + $0) }
                }
            })
    }

    /// Puts the heads of a matrix that stores all query heads, all key heads and all value heads into groups of the
    /// query heads that share a key, the key and the value; undoes `headsOfEveryGroup` over all three.
    package static func groupsOfSeparateHeads(count: Int, kvCount: Int, headDim: Int) -> RowMap {
        let shared = count / kvCount
        return RowMap(
            rows: (0..<kvCount).flatMap { group in
                let queries = (0..<shared).map { group * shared + $0 }
                return (queries + [count + group, count + kvCount + group]).flatMap { head in
                    (0..<headDim).map { Int32(head * headDim + $0) }
                }
            })
    }

    /// Takes the rows of `partCount` matrices of `rowCount` rows, stored one after the other, in turns.
    package static func alternating(partCount: Int, rowCount: Int) -> RowMap {
        RowMap(rows: (0..<partCount * rowCount).map { Int32($0 % partCount * rowCount + $0 / partCount) })
    }

    /// Splits the map to the rows of several matrices, stored one after the other, into maps to the rows of each: one
    /// for every run of outputs from the same matrix.
    package func split(every rowCount: Int, count: Int) -> [(part: Int, map: RowMap)] {
        guard let rows else { return (0..<count).map { ($0, .asStored) } }
        var runs: [(part: Int, rows: [Int32])] = []
        for row in rows {
            let (part, local) = Int(row).quotientAndRemainder(dividingBy: rowCount)
            if runs.last?.part != part { runs.append((part, [])) }
            runs[runs.count - 1].rows.append(Int32(local))
        }
        return runs.map { ($0.part, RowMap(rows: $0.rows)) }
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
