package import EngineTypes

extension Scheduler {
    /// Queues a request. Throws if it could never run, and leaves the scheduler unchanged.
    package mutating func add(_ request: consuming EngineCoreRequest) throws(RequestError) {
        try validateLength(of: request)
        try validateWholeRanges(of: request)
        if let work = request.work.generation, work.maxTokens <= 0 {
            throw .invalid("max_tokens", "must be at least 1, got \(work.maxTokens)")
        }
        let slot = requests.insert(request, chainCount: kvCache.chainBlockSizes.count)
        kvCache.reserve(slotCount: requests.slotCount)
        enqueue(slot)
    }

    private func validateLength(of request: borrowing EngineCoreRequest) throws(RequestError) {
        let count = request.promptTokenIDs.count
        guard count > 0 else { throw .invalid("prompt", "must have at least one token") }
        let generates = request.work.generation != nil
        let longest = generates ? maxModelLength - 1 : maxModelLength
        guard count <= longest else {
            throw RequestError(
                .contextLengthExceeded, parameter: "prompt",
                "has \(count) tokens; \(generates ? "with one output token " : "")at most \(longest) fit"
                    + (maxModelLength < configuration.maxModelLength ? " into the KV cache" : " the context"))
        }
        try validateEncoderLength(of: request)
    }

    private func validateEncoderLength(of request: borrowing EngineCoreRequest) throws(RequestError) {
        let (count, longest) = (request.encoderTokenCount, kvCache.maxEncoderTokenCount)
        guard count > 0 else { return }
        guard longest > 0 else { throw .invalid("prompt", "has encoder tokens, but the model has no encoder") }
        guard count <= longest else {
            throw .invalid("prompt", "has \(count) encoder tokens; at most \(longest) are allowed")
        }
    }

    /// Throws unless every range fits into a step together with one output token of each other request. Blocks inside a
    /// range depend on tokens after them, so a key must name the range's content.
    private func validateWholeRanges(of request: borrowing EngineCoreRequest) throws(RequestError) {
        let (ranges, count) = (request.wholeRanges, request.promptTokenIDs.count)
        guard !ranges.isEmpty else { return }
        let longest = max(1, configuration.maxBatchedTokens - configuration.maxSequences)
        guard kvCache.chunkAlignment == 1 else {
            throw .invalid(
                "prompt",
                "has parts that must be computed in one step, which a model with recurrent states supports only "
                    + "without prefix caching")
        }
        var end = 0
        for range in ranges {
            guard range.lowerBound >= end, range.upperBound <= count else {
                throw .invalid(
                    "prompt", "has parts that must be ascending, without overlap and within its \(count) tokens")
            }
            guard range.count <= longest else {
                throw .invalid(
                    "prompt",
                    "has a part of \(range.count) tokens that must be computed in one step; at most \(longest) are "
                        + "supported (max_num_batched_tokens minus max_num_seqs)")
            }
            precondition(request.hasKey(covering: range), "no media key covers the tokens \(range)")
            end = range.upperBound
        }
    }

    /// Marks a request as ready; see `EngineCoreRequest.isReady`. Ignores unknown ids, such as those of requests that
    /// have ended.
    package mutating func makeReady(_ id: RequestID) {
        if let slot = requests.slot(of: id) { requests[slot].isReady = true }
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
