/// Merges the symbols of a word of any length window by window, so that the time is linear in the length and a giant word
/// needs no giant heap.
///
/// Tokens in a row are the encoding of their symbols exactly when every two neighbours are the encoding of theirs: the
/// first merge across one of the borders would also be the first across it with nothing but its two tokens there. So a
/// window's tokens follow those before it once the two at the seam pass; else the window takes in more of what lies
/// before the seam and is merged again.
struct MergeWindows: Sendable {
    /// In symbols: the chain and the heap of one window stay in the first caches.
    private static let length = 1024
    /// A window begins this many tokens before the seam: few are merged twice, most seams pass.
    private static let overlap = 4
    /// Buffers that a longer word needed are not kept.
    private static let maximumKept = 1 << 16

    private var symbols: [UInt32] = []
    /// Of each token, the index of its first symbol.
    private var starts: [Int] = []
    private var chain = MergeChain()
    /// The tokens of two neighbours' symbols.
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

    /// Whether this token and the one before are the encoding of their symbols. The last token ends at symbol `end`.
    private mutating func isSeam(_ token: Int, end: Int, by merges: MergeTable) -> Bool {
        let end = token + 1 < starts.count ? starts[token + 1] : end
        pair.ids.removeAll(keepingCapacity: true)
        pair.starts.removeAll(keepingCapacity: true)
        chain.merge(symbols[starts[token - 1]..<end], by: merges, into: &pair.ids, starts: &pair.starts)
        return pair.starts == [starts[token - 1], starts[token]]
    }
}
