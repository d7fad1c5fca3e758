internal import EngineTypes

extension KVCacheManager {
    /// Makes room for `newTokenCount` more tokens of a running request. Returns false, allocating nothing, if the pools
    /// have too few free blocks.
    package mutating func allocateSlots(for request: Request, newTokenCount: Int) -> Bool {
        releaseUnread(request)
        let end = request.computedTokenCount + newTokenCount
        let first = request.slot * groupCount
        guard
            demandFits({ manager in
                manager.missingBlockCount(
                    tokenCount: length(in: manager, of: request, end), tables[first + manager.group],
                    pool(of: manager))
            })
        else { return false }
        extendTables(of: request, tokenCount: end)
        return true
    }

    /// Gives a waiting request the blocks of its prefix hit and room for `newTokenCount` tokens after it. Returns
    /// false, changing nothing, if the pools have too few free blocks for that or, even after growing, for its whole
    /// input.
    package mutating func admit(_ request: Request, hit: PrefixHit, newTokenCount: Int) -> Bool {
        let end = hit.tokenCount + newTokenCount
        // This check rejects most requests that do not fit, without visiting the blocks of their hit.
        guard demandFits(growing: true, { laterBlockCount(request, hit, $0) }) else { return false }
        let wholeInputFits = demandFits(growing: true) { manager in
            laterBlockCount(request, hit, manager) + unreferencedCount(hit, manager)
        }
        let chunkFits = demandFits { manager in
            let table = hit.tables[manager.group]
            let count = length(in: manager, of: request, end)
            return manager.missingBlockCount(tokenCount: count, table, pool(of: manager))
                + unreferencedCount(hit, manager)
        }
        guard wholeInputFits, chunkFits else { return false }
        attach(hit, slot: request.slot)
        if newTokenCount > 0 { extendTables(of: request, tokenCount: end) }
        if let source = hit.tailSource { copyTail(from: source, to: request.slot, at: hit.tokenCount / hitAlignment) }
        return true
    }

    /// Blocks that the request's whole input needs in addition to those of its hit.
    private func laterBlockCount(_ request: Request, _ hit: PrefixHit, _ manager: any CacheGroupManager) -> Int {
        let count = length(in: manager, of: request, request.tokenIDs.count)
        return max(0, manager.peakBlockCount(tokenCount: count) - hit.tables[manager.group].heldCount)
    }

    /// Number of tokens that a group keeps for a request of which `tokenCount` tokens are computed.
    private func length(in manager: any CacheGroupManager, of request: Request, _ tokenCount: Int) -> Int {
        manager.maxEncoderTokenCount == nil ? tokenCount : request.core.encoderTokenCount
    }

    /// Plans copies of the block at one table index of every group, made before the step reads them.
    private mutating func copyTail(from source: Int, to slot: Int, at index: Int) {
        for group in managers.indices {
            let (from, to) = (table(slot: source, group: group), table(slot: slot, group: group))
            work.copies.append(BlockCopy(group: group, source: from.blocks[index], destination: to.blocks[index]))
        }
    }

    /// Offers the full blocks of the first `tokenCount` tokens to the prefix cache: only in groups whose content can be
    /// shared within the step that computes it if `inStep` is set, otherwise only in the others.
    package mutating func cacheComputedBlocks(of request: inout Request, tokenCount: Int, inStep: Bool) {
        guard cachesPrefixes else { return }
        for group in managers.indices where managers[group].isReadableInStep == inStep {
            let blockSize = managers[group].blockSize
            let table = request.slot * groupCount + group
            let count = min(tokenCount, request.tokenIDs.count)
            guard inStep ? count / blockSize > tables[table].cachedCount : count % blockSize == 0 else { continue }
            let chain = chainOfGroup[group]
            extendChain(chain, of: &request, to: count / blockSize)
            managers[group].cache(
                computedTokenCount: count, request.cachedPrefixes[chain], &tables[table], &pools[poolOfGroup[group]])
        }
    }

    private mutating func releaseUnread(_ request: Request) {
        for group in managers.indices {
            managers[group].releaseUnread(
                computedTokenCount: request.computedTokenCount, &tables[request.slot * groupCount + group],
                &pools[poolOfGroup[group]])
        }
    }

    private mutating func attach(_ hit: PrefixHit, slot: Int) {
        for group in managers.indices {
            for block in hit.tables[group].blocks { pools[poolOfGroup[group]].touch(block) }
            tables[slot * groupCount + group] = hit.tables[group]
        }
    }

    private mutating func extendTables(of request: Request, tokenCount: Int) {
        for group in managers.indices {
            managers[group].extend(
                tokenCount: length(in: managers[group], of: request, tokenCount),
                &tables[request.slot * groupCount + group], &pools[poolOfGroup[group]], &work)
        }
    }

    /// Number of blocks of the hit that are still in the free queue.
    private func unreferencedCount(_ hit: PrefixHit, _ manager: any CacheGroupManager) -> Int {
        let pool = pool(of: manager)
        return hit.tables[manager.group].blocks.reduce(0) { count, block in
            block != .null && pool.referenceCount(block) == 0 ? count + 1 : count
        }
    }
}
