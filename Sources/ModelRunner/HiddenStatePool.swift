import Architectures
package import EngineTypes
import Layers
import Tensor

/// Final hidden states beside the cache blocks of a group: what prompt log-probabilities of a cached prefix are computed
/// from. In float32, so that they are those that were computed; memory is committed as it is written.
package struct HiddenStatePool {
    /// [blocks * block size, hidden size]
    private let states: Tensor
    private let group: Int
    private let blockSize: Int
    private let backend: any Backend

    /// The group beside whose blocks the states lie: the first whose blocks stand for every token; nil without any.
    private static func group(of groups: [KVCacheGroup]) -> Int? { groups.firstIndex(where: \.standsForEveryToken) }

    /// Bytes beside one block of a group.
    package static func byteCount(besideGroup group: Int, _ groups: [KVCacheGroup], hiddenSize: Int) -> Int {
        guard group == Self.group(of: groups) else { return 0 }
        return Tensor.byteCount(shape: Shape(groups[group].blockSize, hiddenSize), format: .float32)
    }

    /// nil where no group's blocks stand for every token.
    init?(_ configuration: KVCacheConfig, hiddenSize: Int, backend: any Backend) {
        guard let group = Self.group(of: configuration.groups) else { return nil }
        self.group = group
        self.backend = backend
        blockSize = configuration.groups[group].blockSize
        let blockCount = configuration.pools[configuration.poolOfGroup[group]].maxBlockCount
        states = backend.makeTensor(Shape(blockCount * blockSize, hiddenSize))
    }

    /// Keeps rows of `hidden` from `first` on for positions of a request.
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

    /// The states of positions of a request, which were stored before.
    func load(_ positions: Range<Int>, _ row: InputBatch.Row, _ scratch: Scratch) -> Tensor {
        let output = scratch.take(positions.count, states.shape[1])
        backend.gatherRows(states, rows: positions.map { slot(of: $0, row) }, output: output)
        return output
    }

    private func slot(of position: Int, _ row: InputBatch.Row) -> Int32 {
        row.blockTables[group][position / blockSize] * Int32(blockSize) + Int32(position % blockSize)
    }
}
