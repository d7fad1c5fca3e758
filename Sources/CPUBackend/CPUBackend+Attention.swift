internal import CKernels
package import Tensor

extension CPUBackend {
    package func rotateAndCache(_ qkv: Tensor, rotary: RotaryTable, batch: AttentionBatch, cache: KVCacheLayer) {
        let half = rotary.rotatedDim / 2
        let headCount = qkv.shape[1] / cache.headDim - 2 * cache.kvHeadCount
        check(qkv, headCount: headCount, batch: batch, cache: cache)
        precondition(
            rotary.rotatedDim <= cache.headDim && rotary.cosines.shape[1] == half
                && rotary.sines.shape == rotary.cosines.shape,
            "rotating \(rotary.rotatedDim) of \(cache.headDim) dimensions with tables \(rotary.cosines.shape)")
        precondition(
            batch.positions.allSatisfy { $0 >= 0 && Int($0) < rotary.cosines.shape[0] },
            "a position outside tables of \(rotary.cosines.shape[0])")
        unsafe withKernelBatch(batch) { kernelBatch in
            var kernelCache = unsafe cache.kernelValue
            unsafe nt_rotate_and_cache(
                pool.handle, qkv.floatAddress, Int32(headCount), rotary.cosines.floatAddress,
                rotary.sines.floatAddress, Int32(rotary.rotatedDim), kernelBatch, &kernelCache)
        }
    }

    package func attention(
        _ qkv: Tensor, parameters: AttentionParameters, batch: AttentionBatch, cache: KVCacheLayer, output: Tensor
    ) {
        check(qkv, headCount: parameters.headCount, batch: batch, cache: cache)
        precondition(
            parameters.headDim == cache.headDim && parameters.kvHeadCount == cache.kvHeadCount
                && parameters.headCount % parameters.kvHeadCount == 0
                && output.shape == Shape(batch.tokenCount, parameters.headCount * parameters.headDim),
            "attention of \(parameters) over \(cache.kvHeadCount) heads of \(cache.headDim) into \(output.shape)")
        var kernelParameters = nt_attention(
            heads: Int32(parameters.headCount), scale: parameters.scale, soft_cap: parameters.softCap ?? 0,
            window: Int32(clamping: parameters.window ?? 0))
        unsafe withKernelBatch(batch) { kernelBatch in
            var kernelCache = unsafe cache.kernelValue
            unsafe nt_attend(
                pool.handle, qkv.floatAddress, &kernelParameters, kernelBatch, &kernelCache, output.floatAddress)
        }
    }

    private func check(_ qkv: Tensor, headCount: Int, batch: AttentionBatch, cache: KVCacheLayer) {
        precondition(
            headCount > 0 && cache.headDim % 2 == 0 && cache.blockSize % 16 == 0 && !cache.dtype.isQuantized
                && qkv.shape == Shape(batch.tokenCount, (headCount + 2 * cache.kvHeadCount) * cache.headDim),
            "\(qkv.shape) for \(batch.tokenCount) tokens with \(headCount) + 2 * \(cache.kvHeadCount) heads of "
                + "\(cache.headDim), blocks of \(cache.blockSize)")
        precondition(
            batch.queryStarts.count == batch.sequenceCount + 1 && batch.sequenceOfToken.count == batch.tokenCount
                && Int(batch.queryStarts[batch.sequenceCount]) == batch.tokenCount
                && batch.blockTables.count >= batch.sequenceCount * batch.blockTableStride,
            "a batch of \(batch.tokenCount) tokens and \(batch.sequenceCount) sequences with \(batch.queryStarts.count)"
                + " starts and \(batch.blockTables.count) table entries")
        let capacity = batch.blockTableStride * cache.blockSize
        let lengths = batch.contextLengths
        precondition(
            lengths.allSatisfy { Int($0) <= capacity }, "a context of \(lengths.max() ?? 0) in tables of \(capacity)")
    }

    /// Lends the batch's arrays to a kernel call.
    private func withKernelBatch(_ batch: AttentionBatch, _ body: (UnsafePointer<nt_batch>) -> Void) {
        unsafe batch.positions.withUnsafeBufferPointer { positions in
            unsafe batch.sequenceOfToken.withUnsafeBufferPointer { sequences in
                unsafe batch.queryStarts.withUnsafeBufferPointer { starts in
                    unsafe batch.blockTables.withUnsafeBufferPointer { tables in
                        var value = unsafe nt_batch(
                            positions: positions.baseAddress, sequence_of_token: sequences.baseAddress,
                            query_starts: starts.baseAddress, block_tables: tables.baseAddress,
                            tokens: Int64(batch.tokenCount), sequences: Int64(batch.sequenceCount),
                            block_table_stride: Int64(batch.blockTableStride))
                        unsafe body(&value)
                    }
                }
            }
        }
    }
}

extension KVCacheLayer {
    fileprivate var kernelValue: nt_cache {
        unsafe nt_cache(
            pool: pool.address.assumingMemoryBound(to: UInt8.self), block_byte_count: Int64(blockByteCount),
            layer_offset: Int64(layerOffset), block_size: Int32(blockSize), kv_heads: Int32(kvHeadCount),
            head_dim: Int32(headDim), dtype: dtype.kernelCode)
    }
}
