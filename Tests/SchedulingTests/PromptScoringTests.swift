import EngineTypes
import Scheduling
import Testing

/// The scheduler plans the log-probabilities of cached prompts as work.
@Suite struct PromptScoringTests {
    private static func request(_ id: UInt64, _ tokens: [TokenID], maxTokens: Int = 4) -> EngineCoreRequest {
        var request = makeRequest(id, tokens: tokens, maxTokens: maxTokens)
        request.sampling.promptLogprobs = 0
        return request
    }

    /// Returns a scheduler whose cache holds `prompt` with its hidden states.
    private static func warm(
        _ prompt: [TokenID], groups: [KVCacheGroup] = Groups.full, budget: Int = 10, threshold: Int = 0
    ) throws -> Scheduler {
        var scheduler = makeScheduler(groups, budget: budget, threshold: threshold)
        try scheduler.add(request(1, prompt, maxTokens: 1))
        _ = scheduler.runToEnd()
        return scheduler
    }

    @Test func `computed positions are scored in the step that computes them`() throws {
        var scheduler = makeScheduler(budget: 10)
        try scheduler.add(Self.request(1, makePrompt(13, stream: 1)))
        let first = scheduler.run().plan
        #expect(first.counts == [1: 10] && first.scored == [1: 0..<10] && first.work.promptWork == 20)
        let second = scheduler.run().plan
        #expect(second.counts == [1: 3] && second.scored == [1: 10..<12] && second.work.promptWork == 5)
        #expect(scheduler.run().plan.scored.isEmpty)
    }

    @Test func `cached prompt log-probabilities count against the token budget`() throws {
        var scheduler = try Self.warm(makePrompt(30, stream: 1))
        try scheduler.addAll(makeRequest(3, prompt: 1), Self.request(2, makePrompt(30, stream: 1)))
        // 28 tokens are cached; the stream gets its token in every step.
        var plans: [SchedulerOutput] = []
        for _ in 0..<5 { plans.append(scheduler.run().plan) }
        #expect(plans.map { $0.scored[2] } == [0..<9, 9..<18, 18..<27, 27..<29, nil])
        #expect(plans.map { $0.counts[2] } == [0, 0, 0, 2, 1])
        #expect(plans.allSatisfy { $0.counts[3] == 1 })
    }

    @Test func `a step may score alone`() throws {
        var scheduler = try Self.warm(makePrompt(30, stream: 1))
        try scheduler.add(Self.request(2, makePrompt(30, stream: 1)))
        let step = scheduler.run()
        #expect(!step.plan.isEmpty && step.plan.scheduledTokenCount == 0 && step.outputs.isEmpty)
        #expect(step.plan.newRequests.map(\.computedTokenCount) == [28])
    }

    @Test func `cached prompt log-probabilities keep to the limit beside streams`() throws {
        var scheduler = try Self.warm(makePrompt(30, stream: 1), budget: 64)
        try scheduler.add(makeRequest(3, prompt: 1))
        scheduler.run()
        try scheduler.add(Self.request(2, makePrompt(30, stream: 1)))
        var scored: [Range<Int>?] = []
        while scheduler.requests.slot(of: RequestID(2)).map({ scheduler.requests[$0].outputTokenCount == 0 }) ?? false {
            let plan = scheduler.run(promptLimit: 12).plan
            #expect(plan.work.promptWork <= 12)
            scored.append(plan.scored[2])
        }
        #expect(scored == [0..<12, 12..<24, 24..<29])
    }

    @Test func `the threshold for long prompts holds for scoring`() throws {
        var scheduler = try Self.warm(makePrompt(30, stream: 1), budget: 20, threshold: 6)
        try scheduler.add(Self.request(2, makePrompt(30, stream: 1)))
        #expect(scheduler.run().plan.scored == [2: 0..<6])
    }

    @Test func `a preempted request does not score again`() throws {
        var scheduler = try Self.warm(makePrompt(30, stream: 1))
        try scheduler.add(Self.request(2, makePrompt(30, stream: 1)))
        scheduler.run()
        scheduler.resetPrefixCache()
        // After the reset the prompt is computed anew, with log-probabilities from the second chunk on.
        #expect(scheduler.run().plan.scored == [2: 10..<20])
        #expect(scheduler.abort(RequestID(2))?.finishReason == .abort)
        scheduler.checkInvariants()
        #expect(scheduler.stats.usedBlockCount == 0)
    }

    @Test func `the state of a cached prefix waits until the prefix is scored`() throws {
        let prompt = makePrompt(30, stream: 1)
        var scheduler = try Self.warm(prompt, groups: Groups.hybrid)
        try scheduler.add(Self.request(2, prompt))
        let plans = (0..<4).map { _ in scheduler.run().plan }
        #expect(plans[0].scored == [2: 0..<10] && plans[0].blockCopies.isEmpty)
        #expect(plans[1].scored == [2: 10..<20] && plans[1].blockCopies.isEmpty)
        #expect(plans[2].scored == [2: 20..<29] && plans[2].counts == [2: 6] && plans[2].blockCopies.count == 1)
        #expect(plans[3].counts == [2: 1])
    }
}
