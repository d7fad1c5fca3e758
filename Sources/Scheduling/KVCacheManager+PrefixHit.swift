internal import EngineTypes

/// A cached prefix: its length and the block tables for a request that takes it over.
package struct PrefixHit: Sendable {
    package var tokenCount: Int
    var tables: [BlockTable]
    /// Slot of the request whose next block holds the last tokens of the hit and has to be copied.
    var tailSource: Int?
}

/// The prefix hit of a waiting request that did not fit, kept for the next attempt.
struct KeptHit: Sendable {
    var request: RequestID
    var tokenCount: Int
    var hit: PrefixHit

    func isOf(_ other: Request) -> Bool { request == other.id && tokenCount == other.tokenIDs.count }
}

extension KVCacheManager {
    /// Finds the longest prefix of the request's tokens that every group has cached. It never includes the last token,
    /// which must be computed to sample the next one.
    package mutating func findPrefixHit(of request: inout Request) -> PrefixHit {
        guard cachesPrefixes, !managers.isEmpty, !request.core.needsHiddenStates || keepsHiddenStates else {
            return emptyHit
        }
        if let kept = keptHit, kept.isOf(request), !pools.contains(where: \.watchedContentChanged) { return kept.hit }
        prefixSearchCount += 1
        let limit = request.tokenIDs.count - 1
        for chain in chainBlockSizes.indices {
            extendChain(chain, of: &request, to: limit / chainBlockSizes[chain])
        }
        let prefixes = request.cachedPrefixes
        let length = hitLength(atMost: limit, prefixes)
        guard length > 0 else { return emptyHit }
        let tables = managers.map { manager in
            manager.hitTable(length: length, prefixes[chainOfGroup[manager.group]], pool(of: manager))
        }
        return PrefixHit(tokenCount: length, tables: tables)
    }

    /// Keeps the hit of a request that did not fit. It is searched for again only after content that the request could
    /// use was cached or evicted.
    package mutating func keep(_ hit: PrefixHit, of request: Request) {
        guard cachesPrefixes else { return }
        if let kept = keptHit, kept.isOf(request) {
            for pool in pools.indices { pools[pool].watchedContentChanged = false }
        } else {
            for pool in pools.indices {
                let groups = managers.filter { poolOfGroup[$0.group] == pool }
                pools[pool].watch(
                    groups.flatMap { manager in
                        request.prefixHashes[chainOfGroup[manager.group]].map(manager.key)
                    })
            }
        }
        keptHit = KeptHit(request: request.id, tokenCount: request.tokenIDs.count, hit: hit)
    }

    /// Drops the kept hit, because its request has left the head of the queue.
    package mutating func forgetKeptHit() {
        guard keptHit != nil else { return }
        keptHit = nil
        for pool in pools.indices { pools[pool].watch([]) }
    }

    /// Extends a hit to all but the last token of the prompt if `leader` has computed the same prompt and holds the
    /// rest in a partly filled block. A leader admitted in this step does not qualify, because its blocks may still be
    /// computed by this step.
    func addTail(to hit: inout PrefixHit, of request: Request, from leader: Request) {
        let length = request.promptTokenCount - 1
        guard canCopyTails, !request.core.needsHiddenStates, request.isInPrefill,
            leader.isKnownToExecutor, leader.computedTokenCount >= length, hit.tokenCount < length,
            length - hit.tokenCount < hitAlignment,
            request.hasPromptOfLeader
        else { return }
        hit.tokenCount = length
        hit.tailSource = leader.slot
    }

    /// Fixed-point iteration: each group shortens the hit to what it has cached, until no group shortens it further.
    private func hitLength(atMost limit: Int, _ prefixes: [CachedPrefix]) -> Int {
        var length = limit / hitAlignment * hitAlignment
        var isStable = false
        while !isStable, length > 0 {
            isStable = true
            for manager in managers {
                let held = manager.hitLength(
                    atMost: length, prefixes[chainOfGroup[manager.group]], pool(of: manager))
                guard held < length else { continue }
                length = held / hitAlignment * hitAlignment
                isStable = false
            }
        }
        return length
    }

    mutating func extendChain(_ chain: Int, of request: inout Request, to blockCount: Int) {
        hasher.extend(
            &request.prefixHashes[chain], to: blockCount, blockSize: chainBlockSizes[chain], tokens: request.tokenIDs,
            extraKeys: request.core.extraKeys)
    }

    private var emptyHit: PrefixHit {
        PrefixHit(tokenCount: 0, tables: Array(repeating: BlockTable(), count: groupCount))
    }
}
