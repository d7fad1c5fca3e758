/// Cosines and sines by position: two float32 tables `[positions * variants, rotatedDim / 2]`. Dimension i rotates with
/// `i + rotatedDim / 2`; a `RowMap` brings files that store interleaved pairs into this order.
package struct RotaryTable: Sendable {
    package var cosines: Tensor
    package var sines: Tensor
    /// Number of leading dimensions of a head that rotate; the others pass through.
    package var rotatedDim: Int
    /// Rows per position; `AttentionBatch.rotaryVariants` selects one for each sequence.
    package var variantCount: Int

    package init(cosines: Tensor, sines: Tensor, rotatedDim: Int, variantCount: Int = 1) {
        self.cosines = cosines
        self.sines = sines
        self.rotatedDim = rotatedDim
        self.variantCount = variantCount
    }

    package var positionCount: Int { cosines.shape[0] / variantCount }
}

/// The processing of queries and keys between projection and attention.
package struct HeadSpec: OpDescriptor {
    /// What a norm of heads covers.
    package enum NormScope: CaseIterable, Sendable {
        /// Each head, all with the same weight `[headDim]`.
        case head
        /// Each head, with its own part of the weight `[heads * headDim]`.
        case eachHead
        /// All heads of a token together; the weight is `[heads * headDim]`.
        case allHeads
    }

    package var headCount: Int
    /// Norm of the query heads before the rotation.
    package var queryNorm: NormSpec?
    /// Norm of the key heads before the rotation.
    package var keyNorm: NormSpec?
    package var normScope: NormScope
    /// Queries, keys and values are limited to `-clip...clip` after the norms and before the rotation; nil for no limit.
    package var clip: Float?
    /// Rotation tables; nil if heads do not rotate.
    package var rotary: RotaryTable?
    /// Whether rows hold keys and values, which are written to the cache. False for a layer that reads what another
    /// layer, or the encoder, has written: its rows hold queries only.
    package var writesCache: Bool

    package init(
        headCount: Int, queryNorm: NormSpec? = nil, keyNorm: NormSpec? = nil, normScope: NormScope = .head,
        clip: Float? = nil, rotary: RotaryTable? = nil, writesCache: Bool = true
    ) {
        self.headCount = headCount
        self.queryNorm = queryNorm
        self.keyNorm = keyNorm
        self.normScope = normScope
        self.clip = clip
        self.rotary = rotary
        self.writesCache = writesCache
    }
}

/// Preparation of query, key and value heads for attention.
package protocol HeadOps {
    /// Normalises, clips and rotates queries and keys in `qkv` = `[tokens, heads * keyDim + kvHeads * (keyDim + valueDim)]`
    /// (without values if they are parts of the keys),
    /// rounds both to the cache's type in place, and writes keys and values into the tokens' cache slots. If `spec`
    /// does not write the cache, `qkv` is `[tokens, heads * keyDim]` and only queries are processed.
    func writeHeads(_ qkv: Tensor, _ spec: HeadSpec, _ batch: any PreparedBatch, _ cache: KVCacheLayer)
}

/// Cache layer in the reference layout: per block all keys, then all values, each `[slot][head][dimension]`.
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
    /// Returns the cache slot of a position of a sequence.
    func slot(position: Int, sequence: Int, blockSize: Int) -> Int {
        Int(blockTables[sequence * blockTableStride + position / blockSize]) * blockSize + position % blockSize
    }
}

extension ReferenceBackend {
    package func writeHeads(_ qkv: Tensor, _ spec: HeadSpec, _ batch: any PreparedBatch, _ cache: KVCacheLayer) {
        let (batch, shape, slots) = (own(batch), cache.shape, ReferenceCache(cache: cache))
        let written = spec.writesCache ? shape.headCount : 0
        let keyStart = spec.headCount * shape.keyDim
        let valueStart = keyStart + shape.headCount * shape.keyDim
        for token in 0..<batch.tokenCount {
            let position = Int(batch.positions[token])
            var row = qkv.row(token)
            normalizeHeads(&row, 0..<spec.headCount, spec.queryNorm, spec, width: shape.keyDim)
            normalizeHeads(
                &row, spec.headCount..<spec.headCount + written, spec.keyNorm, spec, width: shape.keyDim)
            if let clip = spec.clip {
                for index in row.indices { row[index] = min(max(row[index], -clip), clip) }
            }
            for head in 0..<spec.headCount + written {
                let range = head * shape.keyDim..<(head + 1) * shape.keyDim
                if let rotary = spec.rotary {
                    let variant = batch.rotaryVariant(ofToken: token) * (rotary.variantCount > 1 ? 1 : 0)
                    let tableRow = position * rotary.variantCount + variant
                    rotate(&row, from: range.lowerBound, rotary, tableRow: tableRow)
                }
                for index in range { row[index] = shape.dtype.rounded(row[index]) }
            }
            for head in 0..<written {
                let slot = batch.slot(
                    position: position, sequence: Int(batch.sequenceOfToken[token]), blockSize: cache.blockSize)
                let (key, value) = (keyStart + head * shape.keyDim, valueStart + head * shape.valueDim)
                slots.store(row[key..<key + shape.keyDim], .key, slot: slot, head: head)
                guard shape.valueOffset == nil else { continue }
                slots.store(row[value..<value + shape.valueDim], .value, slot: slot, head: head)
            }
            qkv.setRow(token, row)
        }
    }

    /// Normalises the heads in `range` of a row.
    private func normalizeHeads(
        _ row: inout [Float], _ range: Range<Int>, _ norm: NormSpec?, _ spec: HeadSpec, width: Int
    ) {
        guard let norm, !range.isEmpty else { return }
        if spec.normScope == .allHeads {
            let elements = range.lowerBound * width..<range.upperBound * width
            return row.replaceSubrange(elements, with: normalized(Array(row[elements]), norm))
        }
        for (index, head) in range.enumerated() {
            let own = spec.normScope == .head ? norm : norm.part(index * width..<(index + 1) * width)
            let elements = head * width..<(head + 1) * width
            row.replaceSubrange(elements, with: normalized(Array(row[elements]), own))
        }
    }

    private func rotate(_ row: inout [Float], from start: Int, _ rotary: RotaryTable, tableRow: Int) {
        let half = rotary.rotatedDim / 2
        let (cosines, sines) = (rotary.cosines.row(tableRow), rotary.sines.row(tableRow))
        for index in 0..<half {
            let (first, second) = (Double(row[start + index]), Double(row[start + index + half]))
            let (cosine, sine) = (Double(cosines[index]), Double(sines[index]))
            row[start + index] = Float(first * cosine - second * sine)
            row[start + index + half] = Float(second * cosine + first * sine)
        }
    }
}
