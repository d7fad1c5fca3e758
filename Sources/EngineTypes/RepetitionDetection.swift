/// The repetition that ends an output: its last tokens are one pattern, `minCount` times in a row.
public struct RepetitionDetection: Hashable, Sendable {
    /// Maximum length of a pattern in tokens; 0 finds no repetition.
    public var maxPatternSize: Int
    /// Minimum length of a pattern in tokens, at most `maxPatternSize`; 0 counts as 1.
    public var minPatternSize: Int
    /// Number of times that the pattern must occur in a row; at least 2.
    public var minCount: Int

    /// Creates a detection of patterns between two lengths in tokens.
    public init(maxPatternSize: Int, minPatternSize: Int = 0, minCount: Int) {
        self.maxPatternSize = maxPatternSize
        self.minPatternSize = minPatternSize
        self.minCount = minCount
    }

    /// Whether `output` ends with a pattern that occurs `minCount` times in a row.
    package func isMet(by output: ArraySlice<TokenID>) -> Bool {
        guard maxPatternSize > 0 else { return false }
        for size in max(minPatternSize, 1)...maxPatternSize {
            guard output.count / size >= minCount else { return false }
            let tail = output.suffix(size * minCount)
            // The tail repeats a pattern if every token equals the token one pattern length later.
            if zip(tail, tail.dropFirst(size)).allSatisfy(==) { return true }
        }
        return false
    }
}
