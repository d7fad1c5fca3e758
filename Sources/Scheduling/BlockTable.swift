package import EngineTypes

/// The blocks of one request in one cache group, in the order of the tokens they stand for; null where no layer reads.
/// It only grows: an entry that was released turns null in place.
package struct BlockTable: Sendable {
    package internal(set) var blocks: [BlockID] = []
    /// Leading entries that were released or never held.
    var releasedCount = 0
    /// Leading entries whose content has been offered to the prefix cache.
    var cachedCount = 0
    /// Leading entries that the executor knows.
    var sentCount = 0

    /// Entries that hold a block: all but the released ones.
    var heldCount: Int { blocks.count - releasedCount }

    /// Forgets everything but the memory.
    mutating func removeAll() {
        blocks.removeAll(keepingCapacity: true)
        releasedCount = 0
        cachedCount = 0
        sentCount = 0
    }
}
