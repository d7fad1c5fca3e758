internal import EngineTypes

extension Scheduler {
    /// Describes the decisions as a difference from what the executor knows, and advances the computed counts.
    mutating func makeOutput() -> SchedulerOutput {
        var output = SchedulerOutput()
        var batchSize = 0
        for slot in running where !requests[slot].share.isEmpty {
            if requests[slot].isKnownToExecutor {
                output.cachedRequests.append(cachedRequestData(slot))
            } else {
                output.newRequests.append(newRequestData(slot))
                requests[slot].isKnownToExecutor = true
            }
            let share = requests[slot].share
            output.scheduledTokenCount += share.tokenCount
            output.work.promptWork += share.promptWork
            if share.isDecode { output.work.decodingCount += 1 }
            requests[slot].computedTokenCount += share.tokenCount
            requests[slot].scoredPositionCount = max(
                requests[slot].scoredPositionCount, share.scoredPositions.upperBound)
            batchSize += 1
        }
        guard !output.isEmpty else { return output }
        (output.blockCopies, output.blocksToZero) = kvCache.takeBlockWork()
        output.removedRequests = removed
        removed.removeAll(keepingCapacity: true)
        statistics.stepCount += 1
        stepID += 1
        output.stepID = stepID
        statistics.scheduledTokenCount += output.scheduledTokenCount
        statistics.peakBatchSize = max(statistics.peakBatchSize, batchSize)
        return output
    }

    private mutating func newRequestData(_ slot: Int) -> NewRequestData {
        let blockTables = kvCache.takeTables(slot: slot)
        let request = requests[slot]
        return NewRequestData(
            id: request.id, tokenIDs: request.tokenIDs, promptTokenCount: request.promptTokenCount,
            work: request.core.work, computedTokenCount: request.computedTokenCount,
            scheduledTokenCount: request.share.tokenCount,
            scoredPositions: request.share.scoredPositions, rotaryVariant: request.core.rotaryVariant,
            encoderTokenCount: request.core.encoderTokenCount,
            blockTables: blockTables)
    }

    private mutating func cachedRequestData(_ slot: Int) -> CachedRequestData {
        CachedRequestData(
            id: requests[slot].id, computedTokenCount: requests[slot].computedTokenCount,
            scheduledTokenCount: requests[slot].share.tokenCount,
            scoredPositions: requests[slot].share.scoredPositions, newBlocks: kvCache.takeNewBlocks(slot: slot))
    }
}
