internal import EngineTypes

extension Scheduler {
    /// Admits waiting requests in order while budget, sequences and blocks last. A request that does not fit holds up
    /// those behind it, so that it is never overtaken for ever.
    mutating func scheduleWaiting() {
        while tokenBudget > 0, running.count < configuration.maxSequences, let slot = waiting.first {
            let hit = kvCache.findPrefixHit(of: &requests[slot])
            let count = chunkLength(requests[slot], computed: hit.tokenCount)
            guard kvCache.admit(requests[slot], hit: hit, newTokenCount: count) else { break }
            waiting.removeFirst()
            running.append(slot)
            requests[slot].isRunning = true
            if requests[slot].scheduledTime == nil { requests[slot].scheduledTime = stepTime }
            requests[slot].computedTokenCount = hit.tokenCount
            countHit(slot, hit.tokenCount)
            grant(count, to: slot)
            cacheScheduledBlocks(slot)
        }
    }

    private mutating func countHit(_ slot: Int, _ tokenCount: Int) {
        if requests[slot].cachedTokenCount == nil { requests[slot].cachedTokenCount = tokenCount }
        guard configuration.enablesPrefixCaching else { return }
        statistics.prefixCacheQueriedTokens += requests[slot].tokenIDs.count
        statistics.prefixCacheHitTokens += tokenCount
    }
}
