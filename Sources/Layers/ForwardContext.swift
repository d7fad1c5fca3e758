package import Tensor

/// What every layer of a forward pass needs: the device, memory for activations, and the batch.
package struct ForwardContext {
    package var backend: any Backend
    package var scratch: Scratch
    /// The sequences with the block tables of each cache group.
    package var batches: [AttentionBatch]
    /// The cache of each module, and the group that its blocks belong to.
    package var caches: [KVCacheLayer]
    package var groupOfModule: [Int]

    package init(
        backend: any Backend, scratch: Scratch, batches: [AttentionBatch], caches: [KVCacheLayer], groupOfModule: [Int]
    ) {
        self.backend = backend
        self.scratch = scratch
        self.batches = batches
        self.caches = caches
        self.groupOfModule = groupOfModule
    }

    /// The rows of an input, a norm made.
    func rows(of input: LinearInput) -> Tensor {
        switch input {
        case .rows(let rows): return rows
        case .normalized(let residual, let delta, let weight, let epsilon):
            let rows = scratch.take(residual.shape[0], residual.shape[1])
            if let delta {
                backend.addRMSNorm(delta, residual: residual, weight: weight, epsilon: epsilon, output: rows)
            } else {
                backend.rmsNorm(residual, weight: weight, epsilon: epsilon, output: rows)
            }
            return rows
        }
    }

    package func batch(ofModule module: Int) -> AttentionBatch { batches[groupOfModule[module]] }
}
