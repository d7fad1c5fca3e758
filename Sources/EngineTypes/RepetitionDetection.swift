/// Ends an output that repeats itself: its last tokens are one pattern, `minCount` times over.
public struct RepetitionDetection: Hashable, Sendable {
    /// The longest pattern, in tokens; 0 looks for none.
    public var maxPatternSize: Int
    /// The shortest pattern, in tokens; 0 counts as 1.
    public var minPatternSize: Int
    public var minCount: Int

    public init(maxPatternSize: Int, minPatternSize: Int = 0, minCount: Int) {
        self.maxPatternSize = maxPatternSize
        self.minPatternSize = minPatternSize
        self.minCount = minCount
    }

    /// Whether `output` ends with a pattern often enough.
    package func isMet(by output: ArraySlice<TokenID>) -> Bool {
        guard maxPatternSize > 0 else { return false }
        for size in max(minPatternSize, 1)...maxPatternSize {
            guard output.count / size >= minCount else { return false }
            let tail = output.suffix(size * minCount)
            // A pattern repeats where every token equals the one a pattern later.
            if zip(tail, tail.dropFirst(size)).allSatisfy(==) { return true }
        }
        return false
    }
}
