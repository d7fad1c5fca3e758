/// A chosen token and the candidates among which it was chosen.
struct Choice {
    enum Candidates {
        case all
        case atLeast(Float)
        case only([Int32])
    }

    let token: UInt32
    let candidates: Candidates

    /// Turns the logits before the draw into those of the draw: divided by the temperature, and minus infinity for
    /// tokens that could not be drawn.
    func mask(_ logits: Tensor, temperature: Float, _ kernels: some LogitKernels) {
        switch candidates {
        case .all: Self.keep(atLeast: -.infinity, logits, kernels)
        case .atLeast(let threshold): Self.keep(atLeast: threshold, logits, kernels)
        case .only(let tokens): kernels.maskLogits(logits, row: 0, allowed: Self.bits(of: tokens, logits.shape[1])[...])
        }
        kernels.withLogits(logits, row: 0) { elements in
            for index in elements.indices { elements[index] /= temperature }
        }
    }

    /// Bans all elements below the threshold, and NaNs.
    private static func keep(atLeast threshold: Float, _ logits: Tensor, _ kernels: some LogitKernels) {
        kernels.withLogits(logits, row: 0) { elements in
            for index in elements.indices where !(elements[index] >= threshold) { elements[index] = -.infinity }
        }
    }

    private static func bits(of tokens: [Int32], _ count: Int) -> [UInt32] {
        var words = [UInt32](repeating: 0, count: (count + 31) / 32)
        for token in tokens { words[Int(token) / 32] |= 1 << UInt32(token % 32) }
        return words
    }
}
