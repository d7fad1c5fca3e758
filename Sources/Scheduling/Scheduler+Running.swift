internal import EngineTypes

extension Scheduler {
    /// Gives the running requests their tokens, in order. If blocks run out, preempts others until they suffice;
    /// preempting the request itself ends the phase. Returns true if nothing was preempted.
    mutating func scheduleRunning() -> Bool {
        let preemptionCount = statistics.preemptionCount
        var index = 0
        while index < running.count, budget.tokens > 0 {
            let slot = running[index]
            let share = share(of: requests[slot], computed: requests[slot].computedTokenCount)
            if share.tokenCount > 0 {
                guard makeRoom(for: slot, tokenCount: share.tokenCount, index: &index) else { break }
            }
            grant(share, to: slot)
            index += 1
        }
        // From here on every scheduled token will be computed, so its blocks can be shared within this step.
        for slot in running where requests[slot].share.tokenCount > 0 { cacheScheduledBlocks(slot) }
        return statistics.preemptionCount == preemptionCount
    }

    /// Allocates for the running request at `index`, preempting until that succeeds; returns false if the request
    /// itself was preempted. Preempting an earlier request shifts `index`.
    private mutating func makeRoom(for slot: Int, tokenCount: Int, index: inout Int) -> Bool {
        while !kvCache.allocateSlots(for: requests[slot], newTokenCount: tokenCount) {
            let victim = victimIndex()
            let victimSlot = running.remove(at: victim)
            preempt(victimSlot)
            if victimSlot == slot { return false }
            if victim < index { index -= 1 }
        }
        return true
    }

    /// Picks the last admitted request under first come, first served, and the last in rank under the priority policy.
    private func victimIndex() -> Int {
        switch configuration.policy {
        case .fcfs: running.count - 1
        case .priority: running.indices.max { requests[running[$0]].rank < requests[running[$1]].rank }!
        }
    }

    /// Returns a request that was removed from `running` to the front of the queue. Frees its blocks and refunds what
    /// this step granted it; its output is kept, and computed again.
    private mutating func preempt(_ slot: Int) {
        kvCache.free(slot: slot)
        budget.giveBack(requests[slot].share)
        requests[slot].share = StepShare()
        requests[slot].computedTokenCount = 0
        requests[slot].draftTokenIDs = []
        requests[slot].isRunning = false
        requests[slot].preemptionCount += 1
        statistics.preemptionCount += 1
        forgetRow(slot)
        waiting.prepend(requests[slot])
    }

    mutating func grant(_ share: StepShare, to slot: Int) {
        requests[slot].share = share
        budget.take(share)
    }

    mutating func cacheScheduledBlocks(_ slot: Int) {
        let end = requests[slot].computedTokenCount + requests[slot].share.tokenCount
        kvCache.cacheComputedBlocks(of: &requests[slot], tokenCount: end, inStep: true)
    }

    /// Makes the executor free the request's row.
    mutating func forgetRow(_ slot: Int) {
        guard requests[slot].isKnownToExecutor else { return }
        requests[slot].isKnownToExecutor = false
        removed.append(requests[slot].id)
    }
}
