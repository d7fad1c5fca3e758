/// The free queue, doubly linked through the table so that a block is removed from any position in constant time.
extension BlockPool {
    mutating func pushFront(_ index: Int32) {
        link(index, after: Self.none, before: firstFree)
    }

    mutating func pushBack(_ index: Int32) {
        link(index, after: lastFree, before: Self.none)
    }

    private mutating func link(_ index: Int32, after previous: Int32, before next: Int32) {
        entries[Int(index)].previousFree = previous
        entries[Int(index)].nextFree = next
        if previous == Self.none { firstFree = index } else { entries[Int(previous)].nextFree = index }
        if next == Self.none { lastFree = index } else { entries[Int(next)].previousFree = index }
        freeCount += 1
        if entries[Int(index)].key != nil { freeCachedCount += 1 }
    }

    mutating func unlink(_ index: Int32) {
        let (previous, next) = (entries[Int(index)].previousFree, entries[Int(index)].nextFree)
        if previous == Self.none { firstFree = next } else { entries[Int(previous)].nextFree = next }
        if next == Self.none { lastFree = previous } else { entries[Int(next)].previousFree = previous }
        entries[Int(index)].previousFree = Self.none
        entries[Int(index)].nextFree = Self.none
        freeCount -= 1
        if entries[Int(index)].key != nil { freeCachedCount -= 1 }
    }
}
