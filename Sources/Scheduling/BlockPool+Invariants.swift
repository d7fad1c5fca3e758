internal import EngineTypes

extension BlockPool {
    /// Traps with the numbers unless the pool is consistent with itself and with the references its users hold.
    /// `references` has one count per block. Linear in the number of blocks.
    package func checkInvariants(references: [Int]) {
        checkEntries(references)
        checkFreeQueue()
        checkCache()
    }

    private func checkEntries(_ references: [Int]) {
        precondition(entries[0].referenceCount == 0 && entries[0].key == nil, "the null block is in use")
        for index in 1..<max(1, entries.count) {
            let count = Int(entries[index].referenceCount)
            precondition(count == references[index], "block \(index): count \(count), held \(references[index]) times")
        }
    }

    private func checkFreeQueue() {
        var (count, cachedCount, previous, index) = (0, 0, Self.none, firstFree)
        while index != Self.none {
            let entry = entries[Int(index)]
            precondition(entry.previousFree == previous, "free block \(index) is linked in one direction only")
            precondition(entry.referenceCount == 0 && index != 0, "block \(index) is free and referenced")
            precondition(entry.key != nil || cachedCount == 0, "empty free block \(index) follows cached ones")
            count += 1
            if entry.key != nil { cachedCount += 1 }
            precondition(count < entries.count, "the free queue has a cycle")
            (previous, index) = (index, entry.nextFree)
        }
        precondition(previous == lastFree, "the free queue ends at \(previous), not \(lastFree)")
        precondition(
            count == freeCount && cachedCount == freeCachedCount, "\(count) free blocks, counted as \(freeCount)")
        let unreferenced = entries.dropFirst().count { $0.referenceCount == 0 }
        precondition(unreferenced == count, "\(unreferenced) blocks without references, \(count) in the free queue")
    }

    private func checkCache() {
        var found = 0
        for (key, ends) in blocksOfKey {
            var (previous, index) = (Self.none, ends.first)
            while index != Self.none {
                let entry = entries[Int(index)]
                precondition(entry.key == key, "block \(index) is listed under another content")
                precondition(entry.previousDuplicate == previous, "duplicate \(index) is linked in one direction only")
                precondition(
                    !entry.hasHiddenStates || previous == Self.none || entries[Int(previous)].hasHiddenStates,
                    "block \(index) has hidden states but follows a block without")
                found += 1
                precondition(found < entries.count, "the duplicates of a content have a cycle")
                (previous, index) = (index, entry.nextDuplicate)
            }
            precondition(previous == ends.last, "the duplicates of a content end at \(previous), not \(ends.last)")
        }
        let cached = entries.count { $0.key != nil }
        precondition(cached == found, "\(cached) cached blocks, \(found) found by content")
    }
}
