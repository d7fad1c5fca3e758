internal import EngineTypes

extension Scheduler {
    /// Traps with the numbers unless queues, table and block pools are consistent. Call it between steps. Linear in the
    /// number of requests and blocks.
    package func checkInvariants() {
        let waitingSlots = Array(waiting.slots) + requests.slots.flatMap { requests[$0].followers }
        precondition(
            running.count + waitingSlots.count == requests.count,
            "\(running.count) running, \(waitingSlots.count) waiting, \(requests.count) in the table")
        precondition(Set(running).union(waitingSlots).count == requests.count, "a request is queued twice")
        precondition(
            waitingSlots.count == waiting.count + deferredCount,
            "\(waiting.count) queued and \(deferredCount) deferred of \(waitingSlots.count)")
        precondition(
            turns.callerCount <= waitingSlots.count, "\(turns.callerCount) callers, \(waitingSlots.count) requests")
        precondition(running.count <= configuration.maxSequences, "\(running.count) requests run")
        precondition(budget.tokens >= 0, "the step exceeds its budget by \(-budget.tokens) tokens")
        for slot in running {
            precondition(requests[slot].isRunning, "\(requests[slot].id) is listed but not marked as running")
            checkTables(of: requests[slot])
        }
        for slot in waitingSlots { checkIsAtRest(requests[slot]) }
        kvCache.checkInvariants(slots: requests.slots)
    }

    /// Traps if an idle engine still holds requests or blocks. Constant time, so production runs can call it.
    package func checkIdle() {
        let held = kvCache.usedBlockCount
        precondition(requests.count == 0 && held == 0, "idle but holds \(requests.count) requests, \(held) blocks")
    }

    private func checkTables(of request: Request) {
        let id = request.id
        precondition(
            request.computedTokenCount <= request.tokenCountWithDrafts, "\(id) computed more tokens than it has")
        precondition(
            request.promptLogprobs == nil || request.scoredPositionCount <= request.positionCountToScore,
            "\(id) scored more positions than its prompt has")
        precondition(request.tokenIDs.count <= maxModelLength, "\(id) has \(request.tokenIDs.count) tokens")
        for group in 0..<kvCache.groupCount {
            let table = kvCache.table(slot: request.slot, group: group)
            precondition(
                table.blocks.prefix(table.releasedCount).allSatisfy { $0 == .null }
                    && table.blocks.dropFirst(table.releasedCount).allSatisfy { $0 != .null },
                "\(id), group \(group): null blocks are not the first \(table.releasedCount)")
            precondition(table.sentCount == table.blocks.count, "\(id): blocks of group \(group) were not sent")
        }
    }

    private func checkIsAtRest(_ request: Request) {
        precondition(!request.isRunning && !request.isKnownToExecutor, "\(request.id) both waits and runs")
        precondition(request.computedTokenCount == 0, "\(request.id) waits with \(request.computedTokenCount) computed")
        for group in 0..<kvCache.groupCount {
            precondition(
                kvCache.table(slot: request.slot, group: group).blocks.isEmpty, "\(request.id) waits with blocks")
        }
    }
}
