package import EngineTypes

extension Scheduler {
    /// Applies the results of a step: appends tokens, ends finished requests, and returns the news for each request
    /// that gained a token. Skips requests aborted since the step was planned.
    package mutating func update(from output: ModelRunnerOutput) -> [EngineCoreOutput] {
        kvCache.releaseCopySources()
        for chunk in output.promptLogprobs { gather(chunk) }
        var outputs: [EngineCoreOutput] = []
        outputs.reserveCapacity(output.sampled.count)
        var someFinished = false
        for sampled in output.sampled {
            guard let slot = requests.slot(of: sampled.id), requests[slot].isRunning else { continue }
            let result = sampled.error.map { failed(slot, $0) } ?? append(sampled, to: slot)
            someFinished = someFinished || result.finishReason != nil
            if result.finishReason != nil { end(slot) }
            outputs.append(result)
        }
        if someFinished { removeEnded() }
        return outputs
    }

    /// Appends the tokens up to and including the first that ends the request.
    private mutating func append(_ sampled: SampledTokens, to slot: Int) -> EngineCoreOutput {
        let rejected = requests[slot].draftTokenIDs.count + 1 - sampled.tokenIDs.count
        requests[slot].computedTokenCount -= rejected
        requests[slot].draftTokenIDs.removeAll(keepingCapacity: true)

        var result = EngineCoreOutput(
            id: sampled.id, newTokenIDs: sampled.tokenIDs, logprobs: sampled.logprobs,
            cachedTokenCount: requests[slot].cachedTokenCount ?? 0,
            preemptionCount: requests[slot].preemptionCount, scheduledTime: requests[slot].scheduledTime)
        for (index, token) in sampled.tokenIDs.enumerated() {
            requests[slot].tokenIDs.append(token)
            guard let (reason, stop) = requests[slot].endAfterLastToken(maxModelLength: maxModelLength) else {
                continue
            }
            (result.finishReason, result.stopReason) = (reason, stop)
            result.newTokenIDs.removeLast(sampled.tokenIDs.count - index - 1)
            result.logprobs = Array(sampled.logprobs.prefix(index + 1))
            break
        }
        releaseFollowers(of: slot)
        result.promptLogprobs = requests[slot].promptLogprobs
        requests[slot].promptLogprobs = nil
        return result
    }

    /// Ends a request with an error because no token can be chosen for it.
    private func failed(_ slot: Int, _ error: RequestError) -> EngineCoreOutput {
        EngineCoreOutput(
            id: requests[slot].id, finishReason: .error, cachedTokenCount: requests[slot].cachedTokenCount ?? 0,
            preemptionCount: requests[slot].preemptionCount, scheduledTime: requests[slot].scheduledTime, error: error)
    }

    /// Stores log-probabilities by position, because a preempted prompt is computed and reported again.
    private mutating func gather(_ chunk: PromptLogprobsChunk) {
        guard let slot = requests.slot(of: chunk.id), requests[slot].promptLogprobs != nil else { return }
        for (offset, item) in chunk.items.enumerated() {
            requests[slot].promptLogprobs![chunk.start + offset] = item
        }
    }

    /// Frees a running request's blocks and marks it as ended; `removeEnded` then removes it.
    mutating func end(_ slot: Int) {
        releaseFollowers(of: slot)
        kvCache.free(slot: slot)
        forgetRow(slot)
        requests[slot].isRunning = false
    }

    /// Removes ended requests from the running list and the table.
    mutating func removeEnded() {
        for index in running.indices.reversed() where !requests[running[index]].isRunning {
            requests.remove(slot: running.remove(at: index))
        }
    }
}

extension Request {
    /// Returns why the request ends with its last token, or nil if it continues. Stop tokens and repetition count only
    /// after `minTokens`; the length limits always count.
    func endAfterLastToken(maxModelLength: Int) -> (FinishReason, StopReason?)? {
        if let token = tokenIDs.last, outputTokenCount >= core.sampling.minTokens {
            if !core.sampling.ignoreEOS, core.eosTokenIDs.contains(token) { return (.stop, nil) }
            if core.sampling.stopTokenIDs.contains(token) { return (.stop, .token(token)) }
        }
        if let detection = core.sampling.repetitionDetection, outputTokenCount >= core.sampling.minTokens,
            detection.isMet(by: tokenIDs[promptTokenCount...])
        {
            return (.repetition, nil)
        }
        let isFull = tokenIDs.count >= maxModelLength || outputTokenCount >= core.maxTokens
        return isFull ? (.length, nil) : nil
    }
}
