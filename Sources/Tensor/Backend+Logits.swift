/// One change to a row of logits: `bias` is added; minus infinity bans the token.
package struct LogitEdit: Hashable, Sendable {
    package var token: UInt32
    package var bias: Float

    package init(token: UInt32, bias: Float) {
        self.token = token
        self.bias = bias
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
}
