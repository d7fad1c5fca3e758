import Architectures
package import EngineTypes
import Layers
import Tensor

/// Final hidden states kept beside the cache blocks of one group, from which prompt log-probabilities of a cached
/// prefix are computed. Stored in float32, so no precision is lost. Memory is committed when first written.
package struct HiddenStatePool {
    /// [blocks * block size, hidden size]
    private let states: Tensor
    private let group: Int
    private let blockSize: Int
    private let backend: any Backend

    /// Returns the group that carries the states: the first whose blocks cover every token, or nil if there is none.
    private static func group(of groups: [KVCacheGroup]) -> Int? { groups.firstIndex(where: \.standsForEveryToken) }

    /// Returns the bytes kept beside each block of a group.
    package static func byteCount(besideGroup group: Int, _ groups: [KVCacheGroup], hiddenSize: Int) -> Int {
        guard group == Self.group(of: groups) else { return 0 }
        return Tensor.byteCount(shape: Shape(groups[group].blockSize, hiddenSize), format: .float32)
    }

    /// Returns nil if no group's blocks cover every token.
    init?(_ configuration: KVCacheConfig, hiddenSize: Int, backend: any Backend) {
        guard let group = Self.group(of: configuration.groups) else { return nil }
        self.group = group
        self.backend = backend
        blockSize = configuration.groups[group].blockSize
        let blockCount = configuration.pools[configuration.poolOfGroup[group]].maxBlockCount
        states = backend.makeTensor(Shape(blockCount * blockSize, hiddenSize))
    }

    /// Stores the rows of `hidden` from `first` on as the states of a request's `positions`.
    func store(_ hidden: Tensor, from first: Int32, _ positions: Range<Int>, _ row: InputBatch.Row) {
        var position = positions.lowerBound
        while position < positions.upperBound {
            let count = min(positions.upperBound, (position / blockSize + 1) * blockSize) - position
            let target = Int(slot(of: position, row))
            let source = first + Int32(position - positions.lowerBound)
            backend.gatherRows(
                hidden, rows: (0..<Int32(count)).map { source + $0 }, output: states.rows(target..<target + count))
            position += count
        }
    }

    /// Returns the stored states of a request's `positions`.
    func load(_ positions: Range<Int>, _ row: InputBatch.Row, _ scratch: Scratch) -> Tensor {
        let output = scratch.take(positions.count, states.shape[1])
        backend.gatherRows(states, rows: positions.map { slot(of: $0, row) }, output: output)
        return output
    }

    private func slot(of position: Int, _ row: InputBatch.Row) -> Int32 {
        row.blockTables[group][position / blockSize] * Int32(blockSize) + Int32(position % blockSize)
    }
}
