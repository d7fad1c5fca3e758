/// Merges many symbols, best pair first, with a heap of the pairs and a chain of the symbols.
struct MergeChain: Sendable {
    /// A link of the chain of symbols.
    private struct Symbol {
        var id: UInt32
        var previous: UInt32
        var next: UInt32
        /// Rank of the merge with the next symbol; `noRank` if there is none or the symbol was merged away.
        var rank = noRank
    }

    private static let noRank = MergeTable.Merge.none.rank

    private var links: [Symbol] = []
    private var queue = MergeQueue()

    /// Merges the symbols; appends the tokens to `ids` and the index of each token's first symbol to `starts`.
    mutating func merge(
        _ symbols: ArraySlice<UInt32>, by merges: MergeTable, into ids: inout [UInt32], starts: inout [Int]
    ) {
        link(symbols, by: merges)
        while let (rank, position) = queue.pop() {
            // An entry is stale if its symbol was merged away or has a new neighbour.
            if links[position].rank == rank { mergeSymbol(position, by: merges) }
        }
        var position = 0
        while position < links.count - 1 {
            ids.append(links[position].id)
            starts.append(symbols.startIndex + position)
            position = Int(links[position].next)
        }
    }

    /// Chains the symbols and queues their merges. The last link marks the end and is not a symbol.
    private mutating func link(_ symbols: ArraySlice<UInt32>, by merges: MergeTable) {
        links.removeAll(keepingCapacity: true)
        for id in symbols {
            let position = UInt32(links.count)
            links.append(Symbol(id: id, previous: position &- 1, next: position + 1))
        }
        links.append(Symbol(id: .max, previous: UInt32(links.count) &- 1, next: .max))
        for position in 0..<links.count - 1 { enqueue(position, by: merges) }
    }

    private mutating func mergeSymbol(_ position: Int, by merges: MergeTable) {
        let right = Int(links[position].next)
        let following = links[right].next
        // The previous merge was most likely of the same pair: a new lookup is cheaper than an id stored per symbol.
        links[position].id = merges.find(links[position].id, links[right].id).id
        links[position].next = following
        links[right].rank = Self.noRank
        links[Int(following)].previous = UInt32(position)
        enqueue(position, by: merges)
        if position > 0 { enqueue(Int(links[position].previous), by: merges) }
    }

    private mutating func enqueue(_ position: Int, by merges: MergeTable) {
        let rank = merges.find(links[position].id, links[Int(links[position].next)].id).rank
        links[position].rank = rank
        if rank != Self.noRank { queue.push(rank: rank, position: position) }
    }
}
