package import Tensor

/// The tokens of a step, all sequences concatenated.
package struct ForwardInput: Sendable {
    package var ids: [UInt32]
    /// Absolute position of each token in its sequence.
    package var positions: [Int32]

    package init(ids: [UInt32], positions: [Int32]) {
        self.ids = ids
        self.positions = positions
    }
}

/// What every layer of a forward pass needs: the device, memory for activations, and the batch.
package struct ForwardContext {
    package var backend: any Backend
    package var scratch: Scratch
    /// The sequences with the block tables of each cache group.
    package var batches: [any PreparedBatch]
    /// The cache of each module, and the group that its blocks belong to.
    package var caches: [KVCacheLayer]
    package var groupOfModule: [Int]
    /// The rows whose final hidden states are wanted, ascending; nil where all are. The last layer computes no others.
    package var keptRows: [Int32]?

    package init(
        backend: any Backend, scratch: Scratch, batches: [any PreparedBatch], caches: [KVCacheLayer],
        groupOfModule: [Int], keptRows: [Int32]? = nil
    ) {
        self.backend = backend
        self.scratch = scratch
        self.batches = batches
        self.caches = caches
        self.groupOfModule = groupOfModule
        self.keptRows = keptRows
    }

    /// The given rows of a tensor, in `destination` or else in scratch memory; nil for all.
    package func gather(_ tensor: Tensor, _ rows: [Int32]?, into destination: Tensor? = nil) -> Tensor {
        guard let rows else { return tensor }
        let output = destination ?? scratch.take(rows.count, tensor.shape[1])
        backend.gatherRows(tensor, rows: rows, output: output)
        return output
    }

    package func batch(ofModule module: Int) -> any PreparedBatch { batches[groupOfModule[module]] }
}
