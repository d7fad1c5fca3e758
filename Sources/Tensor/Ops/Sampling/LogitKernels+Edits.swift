extension LogitKernels {
    /// Returns the results of `body` for each row, in row order; see `forEachRow`.
    package func mapRows<Result: Sendable>(
        _ count: Int, _ body: @Sendable (_ row: Int, _ worker: Int) -> Result
    ) -> [Result] {
        unsafe [Result](unsafeUninitializedCapacity: count) { results, initializedCount in
            // Each call writes only its own element.
            nonisolated(unsafe) let slots = unsafe results
            forEachRow(count) { row, worker in unsafe slots.initializeElement(at: row, to: body(row, worker)) }
            initializedCount = count
        }
    }
}

/// Small accesses to logits in host memory, as used by CPU backends.
extension LogitKernels {
    /// Copies a row of logits into a tensor of one row.
    package func copyLogits(_ logits: Tensor, row: Int, to copy: Tensor) {
        synchronize()
        _ = unsafe copy.floats.update(fromContentsOf: logits.rows(row..<row + 1).floats)
    }

    /// Adds each bias to the logit of its token. Traps if a token is out of range.
    package func addBiases(_ logits: Tensor, row: Int, tokens: [UInt32], biases: [Float]) {
        withLogits(logits, row: row) { elements in
            for index in tokens.indices { elements[Int(tokens[index])] += biases[index] }
        }
    }

    /// Bans tokens by setting their logits to minus infinity. Traps if a token is out of range.
    package func banTokens(_ logits: Tensor, row: Int, tokens: [UInt32]) {
        guard !tokens.isEmpty else { return }
        withLogits(logits, row: row) { elements in
            for token in tokens { elements[Int(token)] = -.infinity }
        }
    }

    /// Bans the tokens whose bit in `allowed` (32 tokens per word) is clear.
    package func maskLogits(_ logits: Tensor, row: Int, allowed: ArraySlice<UInt32>) {
        withLogits(logits, row: row) { elements in
            for (position, word) in allowed.enumerated() where word != .max {
                for token in position * 32..<min((position + 1) * 32, elements.count)
                where word & (1 << UInt32(token % 32)) == 0 { elements[token] = -.infinity }
            }
        }
    }

    package func element(_ logits: Tensor, row: Int, column: Int) -> Float {
        withLogits(logits, row: row) { $0[column] }
    }

    /// Applies the penalties once per distinct token of prompt and output. `marks`: one float32 zero per token of the
    /// vocabulary; all are zero again afterwards.
    func penalizeLogits(_ logits: Tensor, _ penalties: LogitPenalties, marks: Tensor) {
        synchronize()
        var elements = unsafe logits.floats.mutableSpan
        var counts = unsafe marks.floats.mutableSpan
        let history = penalties.history
        // 1 if the history has the token, plus 2 for each occurrence in the output.
        for token in history { counts[Int(token)] = 1 }
        for token in history[penalties.promptTokenCount...] { counts[Int(token)] += 2 }
        for token in history where counts[Int(token)] != 0 {
            let outputCount = (counts[Int(token)] - 1) / 2
            elements[Int(token)] = penalties.applied(to: elements[Int(token)], outputCount: outputCount)
            counts[Int(token)] = 0
        }
    }

    /// Bans every token but `token`.
    package func forceToken(_ token: UInt32, logits: Tensor, row: Int) {
        withLogits(logits, row: row) { elements in
            for index in elements.indices where index != Int(token) { elements[index] = -.infinity }
            if !elements[Int(token)].isFinite { elements[Int(token)] = 0 }
        }
    }

    /// Gives access to the row's elements, to read and change in place: the slow path.
    package func withLogits<Result>(
        _ logits: Tensor, row: Int, _ body: (inout MutableSpan<Float>) throws -> Result
    ) rethrows -> Result {
        synchronize()
        var elements = unsafe logits.rows(row..<row + 1).floats.mutableSpan
        return try body(&elements)
    }
}

extension LogitPenalties {
    /// `outputCount`: number of occurrences in the output; 0 for a token that is only in the prompt.
    fileprivate func applied(to logit: Float, outputCount: Float) -> Float {
        var logit = logit > 0 ? logit / repetition : logit * repetition
        if outputCount > 0 {
            logit -= frequency * outputCount
            logit -= presence
        }
        return logit
    }
}
