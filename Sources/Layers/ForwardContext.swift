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

/// The inputs that all layers of a forward pass share: the device, memory for activations, and the batch.
package struct ForwardContext {
    package var backend: any Backend
    package var scratch: Scratch
    /// One batch per cache group: the sequences and the group's block tables.
    package var batches: [any PreparedBatch]
    /// The cache of each module; `groupOfModule` has the cache group of each.
    package var caches: [KVCacheLayer]
    package var groupOfModule: [Int]
    /// The rows whose final hidden states are needed, ascending; nil for all. The last layer computes only these.
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

    /// Returns the given rows of a tensor, in `destination` or else in scratch memory; nil returns the tensor itself.
    package func gather(_ tensor: Tensor, _ rows: [Int32]?, into destination: Tensor? = nil) -> Tensor {
        guard let rows else { return tensor }
        let output = destination ?? scratch.take(rows.count, tensor.shape[1])
        backend.gatherRows(tensor, rows: rows, output: output)
        return output
    }

    package func batch(ofModule module: Int) -> any PreparedBatch { batches[groupOfModule[module]] }
}
