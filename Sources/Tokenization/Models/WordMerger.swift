/// Merges the symbols of one word, with buffers for all words.
struct WordMerger: Sendable {
    /// Up to this many symbols, looking at all pairs for the best is faster than keeping them in order.
    private static let maximumScanned = 48
    /// Buffers that a longer word needed are not kept.
    private static let maximumKept = 1 << 16

    /// The merge of each symbol with the next.
    private var pairs: [MergeTable.Merge] = []
    private var chain: [Symbol] = []
    private var queue = MergeQueue()

    /// Merges the symbols from index `first` on in place.
    mutating func merge(_ ids: inout [UInt32], from first: Int, by merges: MergeTable) {
        if ids.count - first <= Self.maximumScanned {
            scan(&ids, from: first, by: merges)
        } else {
            queue(&ids, from: first, by: merges)
        }
    }
}

// MARK: Short words

extension WordMerger {
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

// MARK: Long words

extension WordMerger {
    /// A link of the chain of symbols.
    private struct Symbol {
        var id: UInt32
        var previous: UInt32
        var next: UInt32
        /// Of the merge with the next symbol; `noRank` where there is none or the symbol was merged away.
        var rank = noRank
    }

    private static let noRank = MergeTable.Merge.none.rank

    private mutating func queue(_ ids: inout [UInt32], from first: Int, by merges: MergeTable) {
        link(ids[first...], by: merges)
        while let (rank, position) = queue.pop() {
            // An entry is stale when its symbol was merged away or has another neighbour by now.
            if chain[position].rank == rank { mergeSymbol(position, by: merges) }
        }
        ids.removeSubrange(first...)
        var position = 0
        while position < chain.count - 1 {
            ids.append(chain[position].id)
            position = Int(chain[position].next)
        }
        if chain.count > Self.maximumKept { (chain, queue) = ([], MergeQueue()) }
    }

    /// Chains the symbols and queues their merges. The last link is the end: no symbol.
    private mutating func link(_ ids: ArraySlice<UInt32>, by merges: MergeTable) {
        chain.removeAll(keepingCapacity: true)
        chain.reserveCapacity(ids.count + 1)
        queue.reserveCapacity(ids.count)
        for id in ids {
            let position = UInt32(chain.count)
            chain.append(Symbol(id: id, previous: position &- 1, next: position + 1))
        }
        chain.append(Symbol(id: .max, previous: UInt32(chain.count) &- 1, next: .max))
        for position in 0..<chain.count - 1 { enqueue(position, by: merges) }
    }

    private mutating func mergeSymbol(_ position: Int, by merges: MergeTable) {
        let right = Int(chain[position].next)
        let following = chain[right].next
        // The merge before was most likely the same one: cheaper to find again than to keep for every symbol.
        chain[position].id = merges.find(chain[position].id, chain[right].id).id
        chain[position].next = following
        chain[right].rank = Self.noRank
        chain[Int(following)].previous = UInt32(position)
        enqueue(position, by: merges)
        if position > 0 { enqueue(Int(chain[position].previous), by: merges) }
    }

    private mutating func enqueue(_ position: Int, by merges: MergeTable) {
        let rank = merges.find(chain[position].id, chain[Int(chain[position].next)].id).rank
        chain[position].rank = rank
        if rank != Self.noRank { queue.push(rank: rank, position: position) }
    }
}
