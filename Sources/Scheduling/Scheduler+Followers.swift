package import EngineTypes

// Requests with the same prompt (`n`, `best_of`): the leader computes the prompt, then the followers start and share
// its blocks. They copy the last block if it is only partly filled.

extension Scheduler {
    /// Queues a request, or defers it while its leader is still computing their common prompt.
    mutating func enqueue(_ slot: Int) {
        requests[slot].round = turns.join(requests[slot].core)
        guard let leader = leaderSlot(of: slot) else { return waiting.append(requests[slot]) }
        requests[slot].hasPromptOfLeader =
            requests[leader].core.extraKeys == requests[slot].core.extraKeys
            && requests[leader].tokenIDs.starts(with: requests[slot].tokenIDs)
        guard requests[leader].isInPrefill else { return waiting.append(requests[slot]) }
        requests[leader].followers.append(slot)
        deferredCount += 1
    }

    /// Queues the followers of a request that has computed the prompt or never will. Each keeps the round it arrived
    /// in.
    mutating func releaseFollowers(of slot: Int) {
        guard !requests[slot].followers.isEmpty else { return }
        for follower in requests[slot].followers { waiting.append(requests[follower]) }
        deferredCount -= requests[slot].followers.count
        requests[slot].followers.removeAll()
    }

    /// Removes a waiting request from the queue or from its leader's followers.
    mutating func dequeue(_ slot: Int) {
        if requests[slot].scheduledTime == nil { turns.leave(requests[slot]) }
        if let leader = leaderSlot(of: slot), let index = requests[leader].followers.firstIndex(of: slot) {
            requests[leader].followers.remove(at: index)
            deferredCount -= 1
        } else {
            waiting.remove(slot: slot)
        }
    }

    /// Returns nil if the request has no leader, or if its leader has ended.
    func leaderSlot(of slot: Int) -> Int? {
        guard configuration.enablesPrefixCaching else { return nil }
        return requests[slot].core.leader.flatMap { requests.slot(of: $0) }
    }

    /// Ids of the requests that wait for their leaders.
    package var deferredIDs: [RequestID] { requests.slots.flatMap { requests[$0].followers }.map { requests[$0].id } }
}
