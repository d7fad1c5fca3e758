/// The part of a long prompt that is kept.
package struct PromptTruncation: Sendable, Hashable {
    /// The side at which tokens are removed.
    package enum Side: String, CaseIterable, Sendable { case left, right }

    private let maxTokenCount: Int?
    private let side: Side
    private var outputTokenCount = 1

    /// `maxTokenCount`: maximum number of prompt tokens; nil stands for the context's length minus the output's.
    package init(maxTokenCount: Int? = nil, side: Side = .left) {
        self.maxTokenCount = maxTokenCount
        self.side = side
    }

    /// The same truncation for a prompt whose output may have up to `maxTokens` tokens; nil counts as one.
    package func leaving(outputTokens maxTokens: Int?) -> PromptTruncation {
        var truncation = self
        truncation.outputTokenCount = max(1, maxTokens ?? 1)
        return truncation
    }

    /// Returns the tokens that are kept, at least one.
    func kept(of tokenIDs: [TokenID], maxModelLength: Int) -> [TokenID] {
        let count = maxTokenCount ?? max(1, maxModelLength - outputTokenCount)
        return Array(side == .left ? tokenIDs.suffix(count) : tokenIDs.prefix(count))
    }
}
