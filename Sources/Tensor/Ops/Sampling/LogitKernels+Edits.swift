extension LogitKernels {
    /// What `body` returns for each row, in the order of the rows; see `forEachRow`.
    package func mapRows<Result: Sendable>(
        _ count: Int, _ body: @Sendable (_ row: Int, _ worker: Int) -> Result
    ) -> [Result] {
        unsafe [Result](unsafeUninitializedCapacity: count) { results, initializedCount in
            // Each call writes its own element.
            nonisolated(unsafe) let slots = unsafe results
            forEachRow(count) { row, worker in unsafe slots.initializeElement(at: row, to: body(row, worker)) }
            initializedCount = count
        }
    }
}

/// Small accesses to logits that lie in host memory, as a CPU backend's do.
extension LogitKernels {
    /// Copies a row of logits into a tensor of one row.
    package func copyLogits(_ logits: Tensor, row: Int, to copy: Tensor) {
        synchronize()
        _ = unsafe copy.floats.update(fromContentsOf: logits.rows(row..<row + 1).floats)
    }

    /// Adds to the logit of each of `tokens` its element of `biases`. Tokens out of the row trap.
    package func addBiases(_ logits: Tensor, row: Int, tokens: [UInt32], biases: [Float]) {
        withLogits(logits, row: row) { elements in
            for index in tokens.indices { elements[Int(tokens[index])] += biases[index] }
        }
    }

    /// Bans tokens. Those out of the row trap.
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

    /// For each token of prompt and output once. `marks`: a float32 zero per token of the vocabulary, all zero again
    /// afterwards.
    func penalizeLogits(_ logits: Tensor, _ penalties: LogitPenalties, marks: Tensor) {
        synchronize()
        var elements = unsafe logits.floats.mutableSpan
        var counts = unsafe marks.floats.mutableSpan
        let history = penalties.history
        // 1 where the history has the token, and 2 for each time that the output has it.
        for token in history { counts[Int(token)] = 1 }
        for token in history[penalties.promptTokenCount...] { counts[Int(token)] += 2 }
        for token in history where counts[Int(token)] != 0 {
            let outputCount = (counts[Int(token)] - 1) / 2
            elements[Int(token)] = penalties.applied(to: elements[Int(token)], outputCount: outputCount)
            counts[Int(token)] = 0
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

extension LogitPenalties {
    /// `outputCount`: how often the output has the token; 0 for a token of the prompt alone.
    fileprivate func applied(to logit: Float, outputCount: Float) -> Float {
        var logit = logit > 0 ? logit / repetition : logit * repetition
        if outputCount > 0 {
            logit -= frequency * outputCount
            logit -= presence
        }
        return logit
    }
}
