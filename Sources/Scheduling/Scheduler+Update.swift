package import EngineTypes

extension Scheduler {
    /// Applies the results of a step: appends tokens, ends finished requests, and returns an output for each
    /// request that gained a token or was pooled. Skips requests aborted since the step was planned.
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
        for pooled in output.pooled {
            guard let slot = requests.slot(of: pooled.id), requests[slot].isRunning else { continue }
            outputs.append(finish(pooled, slot: slot))
            someFinished = true
        }
        if someFinished { removeEnded() }
        return outputs
    }

    /// Appends the tokens up to and including the first that ends the request.
    private mutating func append(_ sampled: SampledTokens, to slot: Int) -> EngineCoreOutput {
        let rejected = requests[slot].draftTokenIDs.count + 1 - sampled.tokenIDs.count
        requests[slot].computedTokenCount -= rejected
        requests[slot].draftTokenIDs.removeAll(keepingCapacity: true)

        var result = emptyOutput(of: slot)
        result.newTokenIDs = sampled.tokenIDs
        result.logprobs = sampled.logprobs
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

    /// Ends a request that asked for the vector of its prompt.
    private mutating func finish(_ pooled: PooledPrompt, slot: Int) -> EngineCoreOutput {
        var result = emptyOutput(of: slot)
        switch pooled.vector {
        case .success(let vector):
            result.pooled = vector
            result.finishReason = .stop
        case .failure(let error):
            result.finishReason = .error
            result.error = error
        }
        end(slot)
        return result
    }

    /// Ends a request with an error because no token can be chosen for it.
    private func failed(_ slot: Int, _ error: RequestError) -> EngineCoreOutput {
        var result = emptyOutput(of: slot)
        result.finishReason = .error
        result.error = error
        return result
    }

    /// An output without tokens, to be filled in.
    private func emptyOutput(of slot: Int) -> EngineCoreOutput {
        EngineCoreOutput(
            id: requests[slot].id, cachedTokenCount: requests[slot].cachedTokenCount ?? 0,
            preemptionCount: requests[slot].preemptionCount, scheduledTime: requests[slot].scheduledTime)
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
        guard let work = core.work.generation else { return nil }
        let sampling = work.sampling
        if let token = tokenIDs.last, outputTokenCount >= sampling.minTokens {
            if !sampling.ignoreEOS, work.eosTokenIDs.contains(token) { return (.stop, nil) }
            if sampling.stopTokenIDs.contains(token) { return (.stop, .token(token)) }
        }
        if let detection = sampling.repetitionDetection, outputTokenCount >= sampling.minTokens,
            detection.isMet(by: tokenIDs[promptTokenCount...])
        {
            return (.repetition, nil)
        }
        let isFull = tokenIDs.count >= maxModelLength || outputTokenCount >= work.maxTokens
        return isFull ? (.length, nil) : nil
    }
}
