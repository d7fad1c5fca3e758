package import EngineTypes

/// Where the end of a token sequence stands in it before, found in linear time (the Z algorithm from the end).
package struct SuffixRepeats {
    /// By distance from the end, how many tokens up to there are those that the sequence ends with.
    private let lengths: [Int]

    package init(_ tokens: ArraySlice<TokenID>) {
        let count = tokens.count
        let last = tokens.endIndex - 1
        var lengths = [Int](repeating: 0, count: count)
        // The repeat that reaches furthest towards the beginning, as distances from the end.
        var (start, reach) = (0, 0)
        for distance in stride(from: 1, to: count, by: 1) {
            var length = distance < reach ? min(reach - distance, lengths[distance - start]) : 0
            while distance + length < count, tokens[last - distance - length] == tokens[last - length] { length += 1 }
            if distance + length > reach { (start, reach) = (distance, distance + length) }
            lengths[distance] = length
        }
        self.lengths = lengths
    }

    /// How many tokens just before position `index`, counted from the sequence's beginning, are those that it ends with.
    package func length(before index: Int) -> Int { index == 0 ? 0 : lengths[lengths.count - index] }
}
