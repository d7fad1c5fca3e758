import Support

/// All properties that distinguish attention layers. A new kind of attention adds a field here, not a kernel.
package struct AttentionSpec: OpDescriptor {
    package enum Mask: Hashable, Sendable {
        /// A token sees itself and all tokens before it.
        case causal
        /// A token sees all tokens of its sequence.
        case bidirectional
        /// A token sees the keys before its element of `AttentionBatch.keyEnds`.
        case keyEnds
    }

    package var headCount: Int
    package var kvHeadCount: Int
    /// Width of a query or key head; even.
    package var keyDim: Int
    package var valueDim: Int
    /// The first element of a key from which its value is read; nil if values are cached besides the keys.
    package var valueOffset: Int?
    /// Multiplies every score; usually `1 / sqrt(keyDim)`.
    package var scale: Float
    /// Scores become `softCap * tanh(score / softCap)`; nil for none.
    package var softCap: Float?
    /// A token sees only the last `window` keys, its own included; nil for all.
    package var window: Int?
    /// Per head, the score of a sink: it takes part in the softmax but has no value. float32 `[headCount]`.
    package var sinks: Tensor?
    /// Per head, subtracted from the score per position between query and key (ALiBi; Press et al. 2021). float32
    /// `[headCount]`.
    package var slopes: Tensor?
    package var mask: Mask

    package init(
        headCount: Int, kvHeadCount: Int, keyDim: Int, valueDim: Int? = nil, valueOffset: Int? = nil, scale: Float,
        softCap: Float? = nil, window: Int? = nil, sinks: Tensor? = nil, slopes: Tensor? = nil, mask: Mask = .causal
    ) {
        self.headCount = headCount
        self.kvHeadCount = kvHeadCount
        self.keyDim = keyDim
        self.valueDim = valueDim ?? keyDim
        self.valueOffset = valueOffset
        self.scale = scale
        self.softCap = softCap
        self.window = window
        self.sinks = sinks
        self.slopes = slopes
        self.mask = mask
    }
}

/// Attention over the paged cache.
package protocol AttentionOps {
    /// Checks a batch and converts it to the form that the operations read. `former`: a batch that is no longer used,
    /// whose memory may be reused.
    func prepare(_ batch: AttentionBatch, reusing former: (any PreparedBatch)?) -> any PreparedBatch

    /// Computes attention over the cache, which already holds the rounded keys and values of the current tokens. `qkv`:
    /// rows as `writeHeads` left them, queries first. `output`: `[tokens, heads * valueDim]`.
    func attention(
        _ qkv: Tensor, _ spec: AttentionSpec, _ batch: any PreparedBatch, _ cache: KVCacheLayer, output: Tensor)
}

extension ReferenceBackend {
    package func attention(
        _ qkv: Tensor, _ spec: AttentionSpec, _ batch: any PreparedBatch, _ cache: KVCacheLayer, output: Tensor
    ) {
        let batch = own(batch)
        for token in 0..<batch.tokenCount {
            let query = qkv.row(token)
            let heads = (0..<spec.headCount).map { head in
                let range = head * spec.keyDim..<(head + 1) * spec.keyDim
                return attend(query[range].map(Double.init), token: token, head: head, spec, batch, cache)
            }
            output.setRow(token, heads.flatMap { $0 })
        }
    }

    private func attend(
        _ query: [Double], token: Int, head: Int, _ spec: AttentionSpec, _ batch: AttentionBatch, _ cache: KVCacheLayer
    ) -> [Float] {
        let slots = ReferenceCache(cache: cache)
        let (position, sequence) = (Int(batch.positions[token]), Int(batch.sequenceOfToken[token]))
        let kvHead = head / (spec.headCount / spec.kvHeadCount)
        let visible = spec.visibleKeys(position: position, end: batch.keyEnd(token, spec.mask))
        func row(_ kind: ReferenceCache.Kind, _ key: Int) -> [Float] {
            let slot = batch.slot(position: key, sequence: sequence, blockSize: cache.blockSize)
            return slots.load(kind, slot: slot, head: kvHead)
        }
        func value(_ key: Int) -> [Float] {
            guard let offset = spec.valueOffset else { return row(.value, key) }
            return Array(row(.key, key)[offset..<offset + spec.valueDim])
        }
        let scores = visible.map { key in
            let product = zip(query, row(.key, key)).reduce(0.0) { $0 + $1.0 * Double($1.1) }
            return spec.score(product, head: head, distance: position - key)
        }
        let sink = spec.sinks.map { Double($0.floatArray[head]) }
        let maximum = max(scores.max() ?? -.infinity, sink ?? -.infinity)
        let weights = scores.map { Math.exp($0 - maximum) }
        let total = weights.reduce(sink.map { Math.exp($0 - maximum) } ?? 0, +)
        var sums = [Double](repeating: 0, count: spec.valueDim)
        for (key, weight) in zip(visible, weights) {
            for (dimension, value) in value(key).enumerated() { sums[dimension] += weight * Double(value) }
        }
        return sums.map { Float($0 / total) }
    }
}

extension AttentionBatch {
    /// The end of the keys that a token sees.
    fileprivate func keyEnd(_ token: Int, _ mask: AttentionSpec.Mask) -> Int {
        switch mask {
        case .causal: Int(positions[token]) + 1
        case .bidirectional: Int(contextLengths[Int(sequenceOfToken[token])])
        case .keyEnds: Int(keyEnds[token])
        }
    }
}

extension AttentionSpec {
    fileprivate func visibleKeys(position: Int, end: Int) -> Range<Int> {
        (window.map { max(0, position - $0 + 1) } ?? 0)..<end
    }

    fileprivate func score(_ product: Double, head: Int, distance: Int) -> Double {
        var score = product * Double(scale)
        if let slopes { score -= Double(slopes.floatArray[head]) * Double(distance) }
        guard let cap = softCap.map(Double.init) else { return score }
        return cap * Math.tanh(score / cap)
    }
}
