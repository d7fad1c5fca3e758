import EngineTypes
import Scheduling
import Testing

@Suite struct RequestLifecycleTests {
    @Test func `a prompt that does not fit the context is refused`() throws {
        var scheduler = makeScheduler(maxModelLength: 20)
        try scheduler.add(makeRequest(1, prompt: 19))
        let error = #expect(throws: RequestError.self) { try scheduler.add(makeRequest(2, prompt: 20)) }
        #expect(error?.code == .contextLengthExceeded)
        #expect(scheduler.waitingIDs == ids(1))
    }

    @Test func `a prompt larger than the pool is refused`() throws {
        var scheduler = makeScheduler(blocks: 4, maxModelLength: 100)
        let error = #expect(throws: RequestError.self) { try scheduler.add(makeRequest(1, prompt: 16)) }
        #expect(error?.code == .contextLengthExceeded)
        try scheduler.add(makeRequest(2, prompt: 15))
        #expect(scheduler.runToEnd().map(\.finishReason) == [.length])
    }

    @Test func `an empty prompt or output is refused`() {
        var scheduler = makeScheduler()
        #expect(throws: RequestError.self) { try scheduler.add(makeRequest(1, tokens: [])) }
        #expect(throws: RequestError.self) { try scheduler.add(makeRequest(1, maxTokens: 0)) }
        #expect(!scheduler.hasUnfinishedRequests)
    }

    @Test func `a waiting request can be aborted`() throws {
        var scheduler = makeScheduler(sequences: 1)
        try scheduler.addAll(makeRequest(1), makeRequest(2), makeRequest(3))
        scheduler.run()
        #expect(scheduler.abort(RequestID(2))?.finishReason == .abort)
        #expect(scheduler.waitingIDs == ids(3))
        scheduler.checkInvariants()
    }

    @Test func `aborting a running request returns its blocks`() throws {
        var scheduler = makeScheduler(Groups.hybrid)
        try scheduler.addAll(makeRequest(1), makeRequest(2))
        scheduler.run()
        #expect(scheduler.abort(RequestID(1))?.finishReason == .abort)
        #expect(scheduler.runningIDs == ids(2))
        #expect(scheduler.run().plan.removedRequests == ids(1))
        #expect(scheduler.abort(RequestID(2)) != nil)
        #expect(scheduler.stats.usedBlockCount == 0)
    }

    @Test func `a request can be aborted in the middle of its prompt`() throws {
        var scheduler = makeScheduler(Groups.hybrid, budget: 8)
        try scheduler.add(makeRequest(1, prompt: 20))
        scheduler.run()
        #expect(scheduler.abort(RequestID(1)) != nil)
        #expect(scheduler.stats.usedBlockCount == 0 && !scheduler.hasUnfinishedRequests)
        scheduler.checkIdle()
    }

    @Test func `a preempted request can be aborted`() throws {
        var scheduler = makeScheduler(blocks: 4, caching: false)
        try scheduler.addAll(makeRequest(1), makeRequest(2))
        scheduler.run()
        scheduler.run()
        #expect(scheduler.waitingIDs == ids(2))
        #expect(scheduler.abort(RequestID(2))?.finishReason == .abort)
        scheduler.checkInvariants()
        #expect(scheduler.runToEnd().map(\.id) == ids(1))
    }

    @Test func `a request can be aborted between plan and result`() throws {
        var scheduler = makeScheduler()
        try scheduler.add(makeRequest(1))
        _ = scheduler.schedule()
        #expect(scheduler.abort(RequestID(1)) != nil)
        var computed = ModelRunnerOutput()
        computed.sampled = [SampledTokens(id: RequestID(1), tokenIDs: [7], logprobs: [])]
        #expect(scheduler.update(from: computed).isEmpty)
        scheduler.checkIdle()
    }

    @Test func `aborting an unknown request does nothing`() {
        var scheduler = makeScheduler()
        #expect(scheduler.abort(RequestID(1)) == nil)
    }

    @Test func `nothing is held after all requests have ended`() throws {
        var scheduler = makeScheduler(Groups.hybrid, blocks: 30)
        for id in 1...9 { try scheduler.add(makeRequest(UInt64(id), prompt: 3 * id)) }
        #expect(scheduler.runToEnd().count == 9)
        let stats = scheduler.stats
        #expect(stats.runningCount == 0 && stats.waitingCount == 0 && stats.usedBlockCount == 0)
    }
}
