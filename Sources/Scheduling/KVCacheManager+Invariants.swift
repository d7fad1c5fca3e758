internal import EngineTypes

extension KVCacheManager {
    /// Traps unless every block's reference count equals the number of tables and pending copies that hold it. `slots`:
    /// the slots in use. Linear in the number of blocks.
    package func checkInvariants(slots: some Collection<Int>) {
        var references = pools.map { Array(repeating: 0, count: $0.blockCount) }
        for slot in slots {
            for group in managers.indices {
                for block in table(slot: slot, group: group).blocks where block != .null {
                    references[poolOfGroup[group]][Int(block.rawValue)] += 1
                }
            }
        }
        for source in work.heldSources { references[poolOfGroup[source.group]][Int(source.block.rawValue)] += 1 }
        for (pool, references) in zip(pools, references) { pool.checkInvariants(references: references) }
    }
}
