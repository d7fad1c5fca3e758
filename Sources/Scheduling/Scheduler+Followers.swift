package import EngineTypes

// Requests of one prompt (`n`, `best_of`): one leads and computes the prompt; the others follow once that is done, and
// share its blocks. The last block, which is only partly filled, they copy.

extension Scheduler {
    /// Queues a request, behind its leader while that computes the prompt of both.
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

    /// The leader has computed the prompt, or never will: its followers take the places that they came for.
    mutating func releaseFollowers(of slot: Int) {
        guard !requests[slot].followers.isEmpty else { return }
        for follower in requests[slot].followers { waiting.append(requests[follower]) }
        deferredCount -= requests[slot].followers.count
        requests[slot].followers.removeAll()
    }

    /// Takes a waiting request out of wherever it waits.
    mutating func dequeue(_ slot: Int) {
        if requests[slot].scheduledTime == nil { turns.leave(requests[slot]) }
        if let leader = leaderSlot(of: slot), let index = requests[leader].followers.firstIndex(of: slot) {
            requests[leader].followers.remove(at: index)
            deferredCount -= 1
        } else {
            waiting.remove(slot: slot)
        }
    }

    /// Nil where nobody leads, or the leader has ended.
    func leaderSlot(of slot: Int) -> Int? {
        guard configuration.enablesPrefixCaching else { return nil }
        return requests[slot].core.leader.flatMap { requests.slot(of: $0) }
    }

    /// The requests that wait for their leaders.
    package var deferredIDs: [RequestID] { requests.slots.flatMap { requests[$0].followers }.map { requests[$0].id } }
}
