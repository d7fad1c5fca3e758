internal import EngineTypes

extension Scheduler {
    /// Admits waiting requests in order while budget, sequences and blocks last. A request that does not fit blocks
    /// those after it, so it cannot starve. Only these may be overtaken: requests that are not ready, long prompts by
    /// shorter ones while `maxLongPartialPrefills` are under way, and requests whose logits processors no longer fit by
    /// those without.
    mutating func scheduleWaiting() {
        while budget.isOpenToPrompts, running.count < configuration.maxSequences, let slot = nextWaiting() {
            guard admit(slot) else { break }
        }
    }

    /// Returns false, changing nothing, if there are too few blocks, or too little budget for a range that must be
    /// computed in one step.
    private mutating func admit(_ slot: Int) -> Bool {
        let cached = kvCache.findPrefixHit(of: &requests[slot])
        var hit = cached
        if let leader = leaderSlot(of: slot) {
            kvCache.addTail(to: &hit, of: requests[slot], from: requests[leader])
        }
        let share = share(of: requests[slot], computed: hit.tokenCount)
        guard !share.isEmpty, kvCache.admit(requests[slot], hit: hit, newTokenCount: share.tokenCount) else {
            kvCache.keep(cached, of: requests[slot])
            return false
        }
        kvCache.forgetKeptHit()
        waiting.remove(slot: slot)
        running.append(slot)
        requests[slot].isRunning = true
        if requests[slot].scheduledTime == nil {
            requests[slot].scheduledTime = stepTime
            turns.run(requests[slot])
        }
        requests[slot].computedTokenCount = hit.tokenCount
        countHit(slot, hit.tokenCount)
        grant(share, to: slot)
        cacheScheduledBlocks(slot)
        return true
    }

    /// Returns the first waiting request that is ready and that neither limit holds back.
    private func nextWaiting() -> Int? {
        let limit = configuration.maxLongPartialPrefills
        let holdsLongPrefills =
            limit > 0 && configuration.longPrefillTokenThreshold > 0
            && running.lazy.filter({ self.isLongPrefill($0) }).count >= limit
        var holdsProcessors = false
        return waiting.slots.first { slot in
            guard requests[slot].isReady else { return false }
            if holdsLongPrefills, isLongPrefill(slot) { return false }
            guard processorCount(slot) > 0 else { return true }
            // A request with processors never overtakes another with processors.
            defer { holdsProcessors = true }
            return !holdsProcessors && processorsFit(slot)
        }
    }

    private func processorCount(_ slot: Int) -> Int { requests[slot].core.work.generation?.processors.count ?? 0 }

    /// Whether the step has room for the request's logits processors besides those of the running requests.
    private func processorsFit(_ slot: Int) -> Bool {
        let running = running.reduce(0) { $0 + processorCount($1) }
        return running == 0 || running + processorCount(slot) <= configuration.maxProcessorCalls
    }

    /// Whether more of the prompt is left than one request may compute per step. A follower whose leader has computed
    /// the prompt has only one token left.
    private func isLongPrefill(_ slot: Int) -> Bool {
        if requests[slot].scheduledTime == nil, let leader = leaderSlot(of: slot), requests[leader].isKnownToExecutor {
            return false
        }
        let computed = requests[slot].computedTokenCount
        let left =
            requests[slot].tokenIDs.count - computed + requests[slot].pendingScoringCount(computed: computed)
        return left > configuration.longPrefillTokenThreshold
    }

    private mutating func countHit(_ slot: Int, _ tokenCount: Int) {
        if requests[slot].cachedTokenCount == nil { requests[slot].cachedTokenCount = tokenCount }
        guard configuration.enablesPrefixCaching else { return }
        if requests[slot].preemptionCount > 0 {
            statistics.preemptedQueriedTokens += requests[slot].tokenIDs.count
            statistics.preemptedHitTokens += tokenCount
        } else {
            statistics.prefixCacheQueriedTokens += requests[slot].tokenIDs.count
            statistics.prefixCacheHitTokens += tokenCount
        }
    }
}
