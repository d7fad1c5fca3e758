/// Merges the symbols of one word at a time, with buffers that are reused for all words.
struct WordMerger: Sendable {
    /// Up to this many symbols, scanning all pairs for the best one is faster than keeping them ordered.
    private static let maximumScanned = 48

    /// The merge of each symbol with the next.
    private var pairs: [MergeTable.Merge] = []
    private var windows = MergeWindows()

    /// Merges the symbols from index `first` on in place.
    mutating func merge(_ ids: inout [UInt32], from first: Int, by merges: MergeTable) {
        if ids.count - first <= Self.maximumScanned {
            scan(&ids, from: first, by: merges)
        } else {
            windows.merge(&ids, from: first, by: merges)
        }
    }

    private mutating func scan(_ ids: inout [UInt32], from first: Int, by merges: MergeTable) {
        pairs.removeAll(keepingCapacity: true)
        for index in first..<max(first, ids.count - 1) { pairs.append(merges.find(ids[index], ids[index + 1])) }
        var count = pairs.count
        while count > 0 {
            var best = 0
            for index in 1..<count where pairs[index] < pairs[best] { best = index }
            let merge = pairs[best]
            if merge == .none { break }
            count -= 1
            for index in best..<count {
                pairs[index] = pairs[index + 1]
                ids[first + index + 1] = ids[first + index + 2]
            }
            let position = first + best
            ids[position] = merge.id
            if best > 0 { pairs[best - 1] = merges.find(ids[position - 1], merge.id) }
            if best < count { pairs[best] = merges.find(merge.id, ids[position + 1]) }
        }
        ids.removeLast(pairs.count - count)
    }
}
