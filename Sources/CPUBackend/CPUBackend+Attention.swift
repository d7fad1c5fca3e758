internal import CKernels
package import Tensor

extension CPUBackend {
    package func prepare(_ batch: AttentionBatch, reusing former: (any PreparedBatch)?) -> any PreparedBatch {
        let prepared = former as? CPUBatch ?? CPUBatch()
        prepared.fill(from: batch)
        return prepared
    }

    package func requireSupport(_ descriptor: any OpDescriptor) throws(BackendError) {
        switch descriptor {
        case let spec as AttentionSpec: try requireSupport(spec)
        case let shape as KVCacheShape: try requireSupport(shape)
        default: break
        }
    }

    private func requireSupport(_ spec: AttentionSpec) throws(BackendError) {
        guard spec.headCount % spec.kvHeadCount == 0 else {
            throw BackendError("no kernel for \(spec.headCount) query heads over \(spec.kvHeadCount) key heads")
        }
        guard spec.mask == .causal else { throw BackendError("no kernel for attention that is not causal") }
    }

    private func requireSupport(_ shape: KVCacheShape) throws(BackendError) {
        guard shape.hasKernel else {
            throw BackendError(
                "no kernel for keys of \(shape.keyDim) and values of \(shape.valueDim); they must be even and, unless "
                    + "values are parts of keys, equal")
        }
    }

    package func writeHeads(_ qkv: Tensor, _ spec: HeadSpec, _ batch: any PreparedBatch, _ cache: KVCacheLayer) {
        let batch = own(batch)
        check(qkv, headCount: spec.headCount, hasKeysAndValues: spec.writesCache, batch: batch, cache: cache)
        var heads = unsafe nt_heads()
        unsafe heads.writes_cache = spec.writesCache
        unsafe heads.heads = Int32(spec.headCount)
        unsafe heads.norm_scope = spec.normScope.kernelCode
        unsafe heads.clip = spec.clip ?? 0
        func features(_ headCount: Int) -> Int { cache.shape.keyDim * (spec.normScope == .head ? 1 : headCount) }
        if let norm = spec.queryNorm {
            unsafe heads.query_norm = norm.kernelValue(features: features(spec.headCount))
        }
        if let norm = spec.keyNorm {
            unsafe heads.key_norm = norm.kernelValue(features: features(cache.shape.headCount))
        }
        if let rotary = spec.rotary {
            check(rotary, keyDim: cache.shape.keyDim, batch: batch)
            unsafe heads.rotated = Int32(rotary.rotatedDim)
            unsafe heads.variants = Int32(rotary.variantCount)
            unsafe heads.cosines = UnsafePointer(rotary.cosines.floatAddress)
            unsafe heads.sines = UnsafePointer(rotary.sines.floatAddress)
        }
        unsafe batch.withKernelBatch { kernelBatch in
            var kernelCache = unsafe cache.kernelValue
            unsafe nt_write_heads(pool.handle, qkv.floatAddress, &heads, kernelBatch, &kernelCache)
        }
    }

    package func attention(
        _ qkv: Tensor, _ spec: AttentionSpec, _ batch: any PreparedBatch, _ cache: KVCacheLayer, output: Tensor
    ) {
        let batch = own(batch)
        let hasKeysAndValues = qkv.shape[1] > spec.headCount * spec.keyDim
        check(qkv, headCount: spec.headCount, hasKeysAndValues: hasKeysAndValues, batch: batch, cache: cache)
        precondition(
            spec.keyDim == cache.shape.keyDim && spec.kvHeadCount == cache.shape.headCount
                && spec.valueDim == cache.shape.valueDim && spec.valueOffset == cache.shape.valueOffset
                && output.shape == Shape(batch.tokenCount, spec.headCount * spec.valueDim),
            "attention of \(spec.headCount) heads of \(spec.keyDim) over \(cache.shape) into \(output.shape)")
        check(perHead: spec.slopes, headCount: spec.headCount)
        check(perHead: spec.sinks, headCount: spec.headCount)
        var parameters = unsafe nt_attention(
            heads: Int32(spec.headCount), scale: spec.scale, soft_cap: spec.softCap ?? 0,
            window: Int32(clamping: spec.window ?? 0),
            slopes: spec.slopes.map { unsafe UnsafePointer($0.floatAddress) },
            sinks: spec.sinks.map { unsafe UnsafePointer($0.floatAddress) })
        unsafe batch.withKernelBatch { kernelBatch in
            var kernelCache = unsafe cache.kernelValue
            unsafe nt_attend(
                pool.handle, qkv.floatAddress, Int64(qkv.shape[1]), &parameters, kernelBatch, &kernelCache,
                output.floatAddress)
        }
    }

    private func own(_ batch: any PreparedBatch) -> CPUBatch {
        guard let batch = batch as? CPUBatch else { fatalError("a batch of another backend") }
        return batch
    }

    private func check(perHead values: Tensor?, headCount: Int) {
        guard let values else { return }
        precondition(values.shape.elementCount == headCount, "\(values.shape) for \(headCount) heads")
    }

    private func check(_ qkv: Tensor, headCount: Int, hasKeysAndValues: Bool, batch: CPUBatch, cache: KVCacheLayer) {
        let shape = cache.shape
        let width = headCount * shape.keyDim + (hasKeysAndValues ? shape.elementsPerToken : 0)
        precondition(
            headCount > 0 && shape.hasKernel && cache.blockSize % 16 == 0
                && qkv.shape == Shape(batch.tokenCount, width),
            "\(qkv.shape) for \(batch.tokenCount) tokens with \(headCount) heads over \(shape), blocks of "
                + "\(cache.blockSize)")
        precondition(
            batch.maxContextLength <= batch.blockTableStride * cache.blockSize,
            "a context of \(batch.maxContextLength) in \(batch.blockTableStride) blocks of \(cache.blockSize)")
    }

    private func check(_ rotary: RotaryTable, keyDim: Int, batch: CPUBatch) {
        precondition(
            rotary.rotatedDim <= keyDim && rotary.cosines.shape[1] == rotary.rotatedDim / 2
                && rotary.sines.shape == rotary.cosines.shape,
            "rotating \(rotary.rotatedDim) of \(keyDim) dimensions with tables \(rotary.cosines.shape)")
        precondition(
            batch.maxPosition < rotary.positionCount,
            "position \(batch.maxPosition) outside tables of \(rotary.positionCount)")
    }
}

extension HeadSpec.NormScope {
    fileprivate var kernelCode: nt_head_norm_scope {
        switch self {
        case .head: NT_NORM_OF_HEADS
        case .eachHead: NT_NORM_OF_EACH_HEAD
        case .allHeads: NT_NORM_OF_ALL_HEADS
        }
    }
}

extension KVCacheShape {
    fileprivate var hasKernel: Bool {
        guard keyDim % 2 == 0, valueDim % 2 == 0 else { return false }
        guard let valueOffset else { return keyDim == valueDim }
        return valueOffset % 2 == 0 && valueOffset >= 0 && valueOffset + valueDim <= keyDim
    }
}

extension KVCacheLayer {
    fileprivate var kernelValue: nt_cache {
        unsafe nt_cache(
            pool: pool.address.assumingMemoryBound(to: UInt8.self), block_byte_count: Int64(blockByteCount),
            layer_offset: Int64(layerOffset), block_size: Int32(blockSize), kv_heads: Int32(shape.headCount),
            head_dim: Int32(shape.keyDim), value_offset: Int32(shape.valueOffset ?? -1),
            value_dim: Int32(shape.valueDim), dtype: shape.dtype.kernelCode)
    }
}
