import EngineTypes

/// Ends thinking once it has had its tokens, by forcing the tokens that end it.
struct ThinkingBudget: Sendable {
    let marks: ThinkingMarks

    /// The token that must come next; nil where any may.
    func forcedToken(for row: SamplingRow) -> TokenID? {
        guard let budget = row.sampling.thinkingTokenBudget, budget >= 0 else { return nil }
        let tokenIDs = row.history.tokenIDs
        guard let start = tokenIDs.lastEnd(of: marks.start) else { return nil }
        let thoughts = tokenIDs[start...]
        guard thoughts.lastEnd(of: marks.end) == nil else { return nil }
        // A partly written end mark does not count against the budget.
        let begun = marks.end.indices.reversed().first { thoughts.suffix($0).elementsEqual(marks.end.prefix($0)) } ?? 0
        return thoughts.count - begun >= budget ? marks.end[begun] : nil
    }
}

extension RandomAccessCollection<TokenID> where Index == Int {
    /// Where the last occurrence of `pattern` ends; nil where there is none.
    fileprivate func lastEnd(of pattern: [TokenID]) -> Int? {
        guard count >= pattern.count else { return nil }
        for start in (startIndex...endIndex - pattern.count).reversed()
        where self[start..<start + pattern.count].elementsEqual(pattern) { return start + pattern.count }
        return nil
    }
}
