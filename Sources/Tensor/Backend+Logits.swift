/// One change to a row of logits: `bias` is added; minus infinity bans the token.
package struct LogitEdit: Hashable, Sendable {
    package var token: UInt32
    package var bias: Float

    package init(token: UInt32, bias: Float) {
        self.token = token
        self.bias = bias
    }
}

/// A token of a request's history, for penalties.
package struct LogitPenalty: Hashable, Sendable {
    package var token: UInt32
    /// How often the output has it; 0 for a token of the prompt alone.
    package var outputCount: Int

    package init(token: UInt32, outputCount: Int) {
        self.token = token
        self.outputCount = outputCount
    }
}

/// Small accesses to logits that lie in host memory, as a CPU backend's do.
extension Backend {
    /// Adds biases to single elements of a row. Tokens out of the row trap.
    package func editLogits(_ logits: Tensor, row: Int, edits: [LogitEdit]) {
        synchronize()
        let elements = unsafe logits.rows(row..<row + 1).floats
        for edit in edits { unsafe elements[Int(edit.token)] += edit.bias }
    }

    /// Bans the tokens whose bit in `allowed` (32 tokens a word) is clear.
    package func maskLogits(_ logits: Tensor, row: Int, allowed: ArraySlice<UInt32>) {
        synchronize()
        let elements = unsafe logits.rows(row..<row + 1).floats
        for token in elements.indices
        where allowed[allowed.startIndex + token / 32] & (1 << UInt32(token % 32)) == 0 {
            unsafe elements[token] = -.infinity
        }
    }

    package func element(_ logits: Tensor, row: Int, column: Int) -> Float {
        synchronize()
        return unsafe logits.rows(row..<row + 1).floats[column]
    }

    /// Repetition, then frequency, then presence, each rounded to float32.
    package func penalizeLogits(
        _ logits: Tensor, row: Int, _ penalties: [LogitPenalty], repetition: Float, frequency: Float, presence: Float
    ) {
        withLogits(logits, row: row) { elements in
            for penalty in penalties {
                var logit = elements[Int(penalty.token)]
                logit = logit > 0 ? logit / repetition : logit * repetition
                if penalty.outputCount > 0 {
                    logit -= frequency * Float(penalty.outputCount)
                    logit -= presence
                }
                elements[Int(penalty.token)] = logit
            }
        }
    }

    /// Bans every token but one.
    package func forceToken(_ token: UInt32, logits: Tensor, row: Int) {
        withLogits(logits, row: row) { elements in
            for index in elements.indices where index != Int(token) { elements[index] = -.infinity }
            if !elements[Int(token)].isFinite { elements[Int(token)] = 0 }
        }
    }

    /// The row's elements, to read and change in place: the slow path.
    package func withLogits<Result>(
        _ logits: Tensor, row: Int, _ body: (inout MutableSpan<Float>) throws -> Result
    ) rethrows -> Result {
        synchronize()
        var elements = unsafe logits.rows(row..<row + 1).floats.mutableSpan
        return try body(&elements)
    }
}
