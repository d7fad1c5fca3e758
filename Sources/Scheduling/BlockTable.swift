package import EngineTypes

/// The blocks of one request in one cache group, in token order. A table only grows: a released entry becomes the null
/// block, which no layer reads.
package struct BlockTable: Sendable {
    package internal(set) var blocks: [BlockID] = []
    /// Number of leading entries that were released or never held.
    var releasedCount = 0
    /// Number of leading entries already offered to the prefix cache.
    var cachedCount = 0
    /// Number of leading entries already sent to the executor.
    var sentCount = 0

    /// Number of entries that hold a block: all but the released ones.
    var heldCount: Int { blocks.count - releasedCount }

    /// Empties the table but keeps its memory.
    mutating func removeAll() {
        blocks.removeAll(keepingCapacity: true)
        releasedCount = 0
        cachedCount = 0
        sentCount = 0
    }
}
