package import EngineTypes

/// Finds earlier occurrences of the end of a token sequence in linear time (the Z algorithm from the end).
package struct SuffixRepeats {
    /// The number of tokens up to a place that match the end of the sequence, by the distance of the place from the
    /// end.
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

    /// Number of tokens just before `index`, counted from the beginning, that match the end of the sequence.
    package func length(before index: Int) -> Int { index == 0 ? 0 : lengths[lengths.count - index] }
}
