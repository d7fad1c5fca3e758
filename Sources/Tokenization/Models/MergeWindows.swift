/// Merges the symbols of a long word window by window, in linear time and without a heap of the word's size.
///
/// A window starts some tokens before the seam, the end of the last window. If the two tokens at the seam fail
/// `isSeam`, the window is extended further back and merged again.
struct MergeWindows: Sendable {
    /// Window length in symbols, short enough for the chain and the heap to stay in the first cache levels.
    private static let length = 1024
    /// A window starts this many tokens before the seam: few are merged twice, and most seams pass.
    private static let overlap = 4
    /// Maximum length of a buffer that is kept for the next word.
    private static let maximumKept = 1 << 16

    private var symbols: [UInt32] = []
    /// For each token, the index of its first symbol.
    private var starts: [Int] = []
    private var chain = MergeChain()
    /// Buffers for the encoding of two adjacent tokens' symbols.
    private var pair: (ids: [UInt32], starts: [Int]) = ([], [])

    /// Merges the symbols from index `first` on in place.
    mutating func merge(_ ids: inout [UInt32], from first: Int, by merges: MergeTable) {
        symbols.append(contentsOf: ids[first...])
        ids.removeSubrange(first...)
        var merged = 0
        while merged < symbols.count {
            let end = min(merged + Self.length, symbols.count)
            var kept = starts.count
            var overlap = Self.overlap
            repeat {
                kept = max(0, kept - overlap)
                overlap *= 2
                let start = kept < starts.count ? starts[kept] : 0
                ids.removeLast(starts.count - kept)
                starts.removeLast(starts.count - kept)
                chain.merge(symbols[start..<end], by: merges, into: &ids, starts: &starts)
            } while kept > 0 && !isSeam(kept, end: end, by: merges)
            merged = end
        }
        starts.removeAll(keepingCapacity: starts.count <= Self.maximumKept)
        symbols.removeAll(keepingCapacity: symbols.count <= Self.maximumKept)
    }

    /// Whether a token and the one before encode their own symbols; the last token ends at symbol `end`.
    ///
    /// Tokens in a row are the encoding of their symbols exactly if every adjacent pair is: the first merge across any
    /// border would also be the first across it with only the two tokens beside it.
    private mutating func isSeam(_ token: Int, end: Int, by merges: MergeTable) -> Bool {
        let end = token + 1 < starts.count ? starts[token + 1] : end
        pair.ids.removeAll(keepingCapacity: true)
        pair.starts.removeAll(keepingCapacity: true)
        chain.merge(symbols[starts[token - 1]..<end], by: merges, into: &pair.ids, starts: &pair.starts)
        return pair.starts == [starts[token - 1], starts[token]]
    }
}
