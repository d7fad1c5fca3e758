package import EngineTypes

extension Scheduler {
    /// Queues a request. Throws if it could never run, and leaves the scheduler unchanged.
    package mutating func add(_ request: consuming EngineCoreRequest) throws(RequestError) {
        let count = request.promptTokenIDs.count
        guard count > 0 else { throw .invalid("prompt", "must have at least one token") }
        guard count < maxModelLength else {
            throw RequestError(
                .contextLengthExceeded, parameter: "prompt",
                "has \(count) tokens; with one output token at most \(maxModelLength - 1) fit"
                    + (maxModelLength < configuration.maxModelLength ? " into the KV cache" : " the context"))
        }
        guard request.maxTokens > 0 else {
            throw .invalid("max_tokens", "must be at least 1, got \(request.maxTokens)")
        }
        let slot = requests.insert(request, chainCount: kvCache.chainBlockSizes.count)
        kvCache.reserve(slotCount: requests.slotCount)
        enqueue(slot)
    }

    /// Ends a request, in whatever state, because its caller has gone; returns nil if it has already ended.
    package mutating func abort(_ id: RequestID) -> EngineCoreOutput? {
        guard let slot = requests.slot(of: id) else { return nil }
        let output = EngineCoreOutput(
            id: id, finishReason: .abort, cachedTokenCount: requests[slot].cachedTokenCount ?? 0,
            scheduledTime: requests[slot].scheduledTime)
        if requests[slot].isRunning {
            end(slot)
            removeEnded()
        } else {
            dequeue(slot)
            releaseFollowers(of: slot)
            requests.remove(slot: slot)
        }
        return output
    }

    /// Ids of all requests that have not ended.
    package var unfinishedIDs: [RequestID] { runningIDs + waitingIDs + deferredIDs }

    /// Forgets all cached prefixes.
    package mutating func resetPrefixCache() { kvCache.resetPrefixCache() }

    /// Returns the block count each pool should grow to before the next step, so that pools grow before requests are
    /// preempted or cached content is evicted; nil for no growth. The executor grows first, then call `growPools`.
    package func blockCountsToGrowTo() -> [Int]? {
        guard hasUnfinishedRequests else { return nil }
        return kvCache.blockCountsToGrowTo(
            tokenCount: configuration.maxBatchedTokens,
            sequenceCount: min(configuration.maxSequences, requests.count))
    }

    package mutating func growPools(to blockCounts: [Int]) { kvCache.growPools(to: blockCounts) }

    /// Starts recording the blocks whose content is lost.
    package mutating func trackFreedBlocks() { kvCache.trackFreedBlocks() }

    /// Returns the blocks whose content was lost since the last call. The executor poisons them before the step that
    /// may reuse them.
    package mutating func takeFreedBlocks() -> [GroupBlock] { kvCache.takeFreedBlocks() }
}
