import EngineTypes

/// Ends thinking when its token budget is used up, by forcing the tokens of the end marker.
struct ThinkingBudget: Sendable {
    let marks: ThinkingMarks

    /// Returns the token that must come next; nil if any token may.
    func forcedToken(for row: SamplingRow) -> TokenID? {
        guard let budget = row.sampling.thinkingTokenBudget, budget >= 0 else { return nil }
        let tokenIDs = row.history.tokenIDs
        guard let start = tokenIDs.lastEnd(of: marks.start) else { return nil }
        let thoughts = tokenIDs[start...]
        guard thoughts.lastEnd(of: marks.end) == nil else { return nil }
        // A partly written end marker does not count against the budget.
        let begun = marks.end.indices.reversed().first { thoughts.suffix($0).elementsEqual(marks.end.prefix($0)) } ?? 0
        return thoughts.count - begun >= budget ? marks.end[begun] : nil
    }
}

extension RandomAccessCollection<TokenID> where Index == Int {
    /// Returns the end of the last occurrence of `pattern`; nil if there is none.
    fileprivate func lastEnd(of pattern: [TokenID]) -> Int? {
        guard count >= pattern.count else { return nil }
        for start in (startIndex...endIndex - pattern.count).reversed()
        where self[start..<start + pattern.count].elementsEqual(pattern) { return start + pattern.count }
        return nil
    }
}
