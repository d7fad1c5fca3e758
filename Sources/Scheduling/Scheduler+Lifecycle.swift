package import EngineTypes

extension Scheduler {
    /// Queues a request. Throws for one that could never run; the scheduler is as before then.
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

    /// Ends a request for the caller who went away, whatever its state; nil if it has ended already.
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

    /// The ids of all requests that have not ended.
    package var unfinishedIDs: [RequestID] { runningIDs + waitingIDs + deferredIDs }

    /// Forgets all cached prefixes.
    package mutating func resetPrefixCache() { kvCache.resetPrefixCache() }

    /// How many blocks each pool should grow to before the next step, so that growth comes before preemption and before
    /// giving up cached content; nil for no growth. The executor grows first, then `growPools`.
    package func blockCountsToGrowTo() -> [Int]? {
        guard hasUnfinishedRequests else { return nil }
        return kvCache.blockCountsToGrowTo(
            tokenCount: configuration.maxBatchedTokens,
            sequenceCount: min(configuration.maxSequences, requests.count))
    }

    package mutating func growPools(to blockCounts: [Int]) { kvCache.growPools(to: blockCounts) }

    /// From now on lists the blocks whose content died.
    package mutating func trackFreedBlocks() { kvCache.trackFreedBlocks() }

    /// The blocks that nothing holds any more since the last call, for the executor to poison before the step that may
    /// hand them out again.
    package mutating func takeFreedBlocks() -> [GroupBlock] { kvCache.takeFreedBlocks() }
}
