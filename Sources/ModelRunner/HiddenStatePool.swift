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

    /// Bytes beside one block; none where no group's blocks stand for every token.
    package static func blockByteCount(_ groups: [KVCacheGroup], blockSize: Int, hiddenSize: Int) -> Int {
        guard groups.contains(where: \.spec.standsForEveryToken) else { return 0 }
        return Tensor.byteCount(shape: Shape(blockSize, hiddenSize), dtype: .float32)
    }

    /// nil where no group's blocks stand for every token.
    init?(groups: [KVCacheGroup], maxBlockCount: Int, blockSize: Int, hiddenSize: Int, backend: any Backend) {
        guard let group = groups.firstIndex(where: \.spec.standsForEveryToken) else { return nil }
        self.group = group
        self.blockSize = blockSize
        self.backend = backend
        let shape = Shape(maxBlockCount * blockSize, hiddenSize)
        states = Tensor(
            storage: backend.makeKVCacheStorage(byteCount: Tensor.byteCount(shape: shape, dtype: .float32)),
            shape: shape, dtype: .float32)
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
