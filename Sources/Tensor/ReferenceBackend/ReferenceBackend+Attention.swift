import Support

/// A layer of the cache as the reference arranges it: keys, then values, each `[slot][kvHead][headDim]` in a block.
private struct ReferenceCache {
    let cache: KVCacheLayer

    enum Kind: Int { case key, value }

    func load(_ kind: Kind, slot: Int, head: Int, dimension: Int) -> Float {
        let address = unsafe self.address(kind, slot: slot, head: head, dimension: dimension)
        switch cache.dtype {
        case .float16: return unsafe Float(address.loadUnaligned(as: Float16.self))
        case .bfloat16: return unsafe BFloat16(bitPattern: address.loadUnaligned(as: UInt16.self)).float
        default: return unsafe address.loadUnaligned(as: Float.self)
        }
    }

    func store(_ value: Float, _ kind: Kind, slot: Int, head: Int, dimension: Int) {
        let address = unsafe self.address(kind, slot: slot, head: head, dimension: dimension)
        switch cache.dtype {
        case .float16: unsafe address.storeBytes(of: Float16(value), as: Float16.self)
        case .bfloat16: unsafe address.storeBytes(of: BFloat16(value).bitPattern, as: UInt16.self)
        default: unsafe address.storeBytes(of: value, as: Float.self)
        }
    }

    private func address(_ kind: Kind, slot: Int, head: Int, dimension: Int) -> UnsafeMutableRawPointer {
        let (block, offset) = slot.quotientAndRemainder(dividingBy: cache.blockSize)
        let row = kind.rawValue * cache.blockSize + offset
        let element = (row * cache.kvHeadCount + head) * cache.headDim + dimension
        return unsafe cache.pool.address + block * cache.blockByteCount + cache.layerOffset
            + element * cache.dtype.blockByteCount
    }
}

extension AttentionBatch {
    /// The slot that holds a position of a sequence.
    fileprivate func slot(position: Int, sequence: Int, blockSize: Int) -> Int {
        Int(blockTables[sequence * blockTableStride + position / blockSize]) * blockSize + position % blockSize
    }
}

extension ReferenceBackend {
    package func rotateAndCache(_ qkv: Tensor, rotary: RotaryTable, batch: AttentionBatch, cache: KVCacheLayer) {
        let headDim = cache.headDim
        let slots = ReferenceCache(cache: cache)
        let headCount = qkv.shape[1] / headDim - 2 * cache.kvHeadCount
        for token in 0..<batch.tokenCount {
            let position = Int(batch.positions[token])
            let slot = batch.slot(
                position: position, sequence: Int(batch.sequenceOfToken[token]), blockSize: cache.blockSize)
            var row = qkv.row(token)
            let cosines = rotary.cosines.row(position)
            let sines = rotary.sines.row(position)
            for head in 0..<headCount + cache.kvHeadCount {
                rotate(&row, from: head * headDim, cosines: cosines, sines: sines)
                for index in head * headDim..<(head + 1) * headDim { row[index] = cache.dtype.rounded(row[index]) }
            }
            for head in 0..<cache.kvHeadCount {
                for dimension in 0..<headDim {
                    let key = row[(headCount + head) * headDim + dimension]
                    let value = row[(headCount + cache.kvHeadCount + head) * headDim + dimension]
                    slots.store(key, .key, slot: slot, head: head, dimension: dimension)
                    slots.store(value, .value, slot: slot, head: head, dimension: dimension)
                }
            }
            qkv.setRow(token, row)
        }
    }

    private func rotate(_ row: inout [Float], from start: Int, cosines: [Float], sines: [Float]) {
        let half = cosines.count
        for index in 0..<half {
            let (first, second) = (Double(row[start + index]), Double(row[start + index + half]))
            let (cosine, sine) = (Double(cosines[index]), Double(sines[index]))
            row[start + index] = Float(first * cosine - second * sine)
            row[start + index + half] = Float(second * cosine + first * sine)
        }
    }

    package func attention(
        _ qkv: Tensor, parameters: AttentionParameters, batch: AttentionBatch, cache: KVCacheLayer, output: Tensor
    ) {
        let headDim = parameters.headDim
        let sharedHeads = parameters.headCount / parameters.kvHeadCount
        for token in 0..<batch.tokenCount {
            let query = qkv.row(token)
            var result: [Float] = []
            for head in 0..<parameters.headCount {
                result += attend(
                    query[head * headDim..<(head + 1) * headDim].map(Double.init), token: token,
                    head: head / sharedHeads, parameters: parameters, batch: batch, cache: cache)
            }
            output.setRow(token, result)
        }
    }

    private func attend(
        _ query: [Double], token: Int, head: Int, parameters: AttentionParameters, batch: AttentionBatch,
        cache: KVCacheLayer
    ) -> [Float] {
        let slots = ReferenceCache(cache: cache)
        let position = Int(batch.positions[token])
        let sequence = Int(batch.sequenceOfToken[token])
        let first = parameters.window.map { max(0, position - $0 + 1) } ?? 0
        let visible = (first...position).map {
            batch.slot(position: $0, sequence: sequence, blockSize: cache.blockSize)
        }
        let scores = visible.map { slot in
            var score = 0.0
            for (dimension, element) in query.enumerated() {
                score += element * Double(slots.load(.key, slot: slot, head: head, dimension: dimension))
            }
            score *= Double(parameters.scale)
            guard let cap = parameters.softCap.map(Double.init) else { return score }
            return cap * Math.tanh(score / cap)
        }
        let maximum = scores.max() ?? 0
        let weights = scores.map { Math.exp($0 - maximum) }
        let total = weights.reduce(0, +)
        return query.indices.map { dimension in
            let sum = zip(visible, weights).reduce(0.0) { sum, entry in
                sum + entry.1 * Double(slots.load(.value, slot: entry.0, head: head, dimension: dimension))
            }
            return Float(sum / total)
        }
    }
}
