/// Cosines and sines by position: two float32 tables `[positions, rotatedDim / 2]`. Dimension i turns with
/// `i + rotatedDim / 2`; a file that stores pairs of neighbours is put in this order by its `RowMap`.
package struct RotaryTable: Sendable {
    package var cosines: Tensor
    package var sines: Tensor
    /// The leading dimensions of a head that turn; the rest pass.
    package var rotatedDim: Int

    package init(cosines: Tensor, sines: Tensor, rotatedDim: Int) {
        self.cosines = cosines
        self.sines = sines
        self.rotatedDim = rotatedDim
    }
}

/// What happens to queries and keys between their projection and attention.
package struct HeadSpec: OpDescriptor {
    package var headCount: Int
    /// Over each query head, before the rotation; its weight is `[headDim]`.
    package var queryNorm: NormSpec?
    /// The same for key heads.
    package var keyNorm: NormSpec?
    /// nil where heads do not rotate.
    package var rotary: RotaryTable?

    package init(
        headCount: Int, queryNorm: NormSpec? = nil, keyNorm: NormSpec? = nil, rotary: RotaryTable? = nil
    ) {
        self.headCount = headCount
        self.queryNorm = queryNorm
        self.keyNorm = keyNorm
        self.rotary = rotary
    }
}

/// Preparation of heads.
package protocol HeadOps {
    /// Normalises and rotates the queries and keys inside `qkv` = `[tokens, heads * keyDim + kvHeads * (keyDim +
    /// valueDim)]`, rounds both to the cache's type, leaves them there and writes keys and values into the cache slots of
    /// the tokens.
    func writeHeads(_ qkv: Tensor, _ spec: HeadSpec, _ batch: any PreparedBatch, _ cache: KVCacheLayer)
}

/// A layer of the cache as the reference arranges it: keys, then values, each `[slot][head][dimension]` in a block.
struct ReferenceCache {
    let cache: KVCacheLayer

    enum Kind { case key, value }

    func load(_ kind: Kind, slot: Int, head: Int) -> [Float] {
        (0..<width(kind)).map { dimension in
            let address = unsafe self.address(kind, slot: slot, head: head, dimension: dimension)
            switch cache.shape.dtype {
            case .float16: return unsafe Float(address.loadUnaligned(as: Float16.self))
            case .bfloat16: return unsafe BFloat16(bitPattern: address.loadUnaligned(as: UInt16.self)).float
            case .float32: return unsafe address.loadUnaligned(as: Float.self)
            }
        }
    }

    func store(_ elements: ArraySlice<Float>, _ kind: Kind, slot: Int, head: Int) {
        for (dimension, value) in elements.enumerated() {
            let address = unsafe self.address(kind, slot: slot, head: head, dimension: dimension)
            switch cache.shape.dtype {
            case .float16: unsafe address.storeBytes(of: Float16(value), as: Float16.self)
            case .bfloat16: unsafe address.storeBytes(of: BFloat16(value).bitPattern, as: UInt16.self)
            case .float32: unsafe address.storeBytes(of: value, as: Float.self)
            }
        }
    }

    private func width(_ kind: Kind) -> Int { kind == .key ? cache.shape.keyDim : cache.shape.valueDim }

    private func address(_ kind: Kind, slot: Int, head: Int, dimension: Int) -> UnsafeMutableRawPointer {
        let (block, offset) = slot.quotientAndRemainder(dividingBy: cache.blockSize)
        let start = kind == .key ? 0 : cache.blockSize * cache.shape.headCount * cache.shape.keyDim
        let element = start + (offset * cache.shape.headCount + head) * width(kind) + dimension
        return unsafe cache.pool.address + block * cache.blockByteCount + cache.layerOffset
            + element * cache.shape.dtype.byteCount
    }
}

extension AttentionBatch {
    /// The slot that holds a position of a sequence.
    func slot(position: Int, sequence: Int, blockSize: Int) -> Int {
        Int(blockTables[sequence * blockTableStride + position / blockSize]) * blockSize + position % blockSize
    }
}

extension ReferenceBackend {
    package func writeHeads(_ qkv: Tensor, _ spec: HeadSpec, _ batch: any PreparedBatch, _ cache: KVCacheLayer) {
        let (batch, shape, slots) = (own(batch), cache.shape, ReferenceCache(cache: cache))
        let keyStart = spec.headCount * shape.keyDim
        let valueStart = keyStart + shape.headCount * shape.keyDim
        for token in 0..<batch.tokenCount {
            let position = Int(batch.positions[token])
            let slot = batch.slot(
                position: position, sequence: Int(batch.sequenceOfToken[token]), blockSize: cache.blockSize)
            var row = qkv.row(token)
            for head in 0..<spec.headCount + shape.headCount {
                let range = head * shape.keyDim..<(head + 1) * shape.keyDim
                let norm = head < spec.headCount ? spec.queryNorm : spec.keyNorm
                if let norm { row.replaceSubrange(range, with: normalized(Array(row[range]), norm)) }
                if let rotary = spec.rotary { rotate(&row, from: range.lowerBound, rotary, position: position) }
                for index in range { row[index] = shape.dtype.rounded(row[index]) }
            }
            for head in 0..<shape.headCount {
                let (key, value) = (keyStart + head * shape.keyDim, valueStart + head * shape.valueDim)
                slots.store(row[key..<key + shape.keyDim], .key, slot: slot, head: head)
                slots.store(row[value..<value + shape.valueDim], .value, slot: slot, head: head)
            }
            qkv.setRow(token, row)
        }
    }

    private func rotate(_ row: inout [Float], from start: Int, _ rotary: RotaryTable, position: Int) {
        let half = rotary.rotatedDim / 2
        let (cosines, sines) = (rotary.cosines.row(position), rotary.sines.row(position))
        for index in 0..<half {
            let (first, second) = (Double(row[start + index]), Double(row[start + index + half]))
            let (cosine, sine) = (Double(cosines[index]), Double(sines[index]))
            row[start + index] = Float(first * cosine - second * sine)
            row[start + index + half] = Float(second * cosine + first * sine)
        }
    }
}
