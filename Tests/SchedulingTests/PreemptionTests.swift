import EngineTypes
import Scheduling
import Testing

@Suite struct PreemptionTests {
    @Test func `first come, first served preempts the last request`() throws {
        var scheduler = makeScheduler(blocks: 4, caching: false)
        try scheduler.addAll(makeRequest(1), makeRequest(2))
        scheduler.run()
        let step = scheduler.run()
        #expect(step.plan.counts == [1: 1] && step.plan.removedRequests == ids(2))
        #expect(scheduler.waitingIDs == ids(2) && scheduler.stats.preemptionCount == 1)
    }

    @Test func `the priority policy preempts the lowest priority and takes back its tokens`() throws {
        var scheduler = makeScheduler(blocks: 4, budget: 3, policy: .priority, caching: false)
        // The request with the lowest priority comes first, so that it is first in the running list.
        try scheduler.add(makeRequest(1, prompt: 1, priority: 5))
        scheduler.run()
        try scheduler.addAll(makeRequest(2, prompt: 1, priority: 1), makeRequest(3, prompt: 8, priority: 2))
        for _ in 0..<4 { scheduler.run() }
        #expect(scheduler.runningIDs == ids(1, 2, 3) && scheduler.stats.usedBlockCount == 4)
        // Request 1 already has its token when 2 lacks a block; 3 gets the budget that 1 gives back.
        let plan = scheduler.run().plan
        #expect(plan.counts == [2: 1, 3: 2] && plan.removedRequests == ids(1))
        #expect(scheduler.waitingIDs == ids(1))
    }

    @Test func `blocks of tokens that were taken back are not cached`() throws {
        var scheduler = makeScheduler(blocks: 5, threshold: 5, policy: .priority)
        try scheduler.add(makeRequest(1, prompt: 19, priority: 5))
        scheduler.run()
        try scheduler.add(makeRequest(2, prompt: 4))
        scheduler.run()
        // Request 1 is about to compute the tokens 10..<15, filling its third block, when 2 lacks a block.
        #expect(scheduler.run().plan.counts == [2: 1])
        _ = scheduler.abort(RequestID(2))
        #expect(scheduler.run().plan.newRequests.map(\.computedTokenCount) == [8])
    }

    @Test func `a preempted request is next and keeps its output`() throws {
        var scheduler = makeScheduler(blocks: 4, caching: false)
        try scheduler.addAll(makeRequest(1, maxTokens: 2), makeRequest(2), makeRequest(3))
        scheduler.run()
        scheduler.run()
        #expect(scheduler.waitingIDs == ids(2, 3))
        let plan = scheduler.run().plan
        #expect(plan.newRequests.map(\.id) == ids(2))
        #expect(plan.newRequests[0].tokenIDs == makePrompt(8, stream: 2) + [7])
        #expect(plan.newRequests[0].promptTokenCount == 8 && plan.counts == [2: 9])
    }

    @Test func `a step that preempts admits nothing`() throws {
        var scheduler = makeScheduler(blocks: 5, caching: false)
        try scheduler.addAll(makeRequest(1), makeRequest(2))
        scheduler.run()
        try scheduler.add(makeRequest(3, prompt: 1))
        #expect(scheduler.run().plan.counts == [1: 1])
    }

    @Test func `a preempted request finds its prefix in the cache`() throws {
        var scheduler = makeScheduler(blocks: 5)
        try scheduler.addAll(makeRequest(1, maxTokens: 2), makeRequest(2))
        scheduler.run()
        scheduler.run()
        #expect(scheduler.waitingIDs == ids(2))
        let new = scheduler.run().plan.newRequests[0]
        #expect(new.id == RequestID(2) && new.computedTokenCount == 8 && new.scheduledTokenCount == 1)
    }

    @Test func `a prompt is admitted only if all of it fits`() throws {
        var scheduler = makeScheduler(blocks: 6, budget: 8, caching: false)
        try scheduler.add(makeRequest(1, prompt: 8))
        scheduler.run()
        // The first 8 of 20 tokens would fit the budget and the blocks; all 20 do not.
        try scheduler.add(makeRequest(2, prompt: 20))
        #expect(scheduler.run().plan.counts == [1: 1])
        _ = scheduler.abort(RequestID(1))
        #expect(scheduler.run().plan.counts == [2: 8])
    }

    @Test func `a request that fills the pool alone ends with length`() throws {
        var scheduler = makeScheduler(blocks: 3, maxModelLength: 100)
        #expect(scheduler.maxModelLength == 12)
        try scheduler.addAll(makeRequest(1, maxTokens: 90), makeRequest(2, maxTokens: 90))
        let ended = scheduler.runToEnd()
        #expect(ended.map(\.id) == ids(1, 2) && ended.allSatisfy { $0.finishReason == .length })
        #expect(scheduler.stats.usedBlockCount == 0 && !scheduler.hasUnfinishedRequests)
    }

    @Test func `pools grow before anything is preempted`() throws {
        var scheduler = makeScheduler(blocks: 2, growingTo: 40, budget: 16)
        try scheduler.addAll(makeRequest(1), makeRequest(2))
        while scheduler.hasUnfinishedRequests {
            if let counts = scheduler.blockCountsToGrowTo() { scheduler.growPools(to: counts) }
            scheduler.run()
        }
        #expect(scheduler.stats.preemptionCount == 0 && scheduler.stats.blockCount > 2)
        #expect(scheduler.kvCache.pools[0].evictionCount == 0)
    }

    @Test func `growth stops at the cap`() throws {
        var scheduler = makeScheduler(blocks: 2, growingTo: 5, budget: 64)
        try scheduler.add(makeRequest(1))
        #expect(scheduler.blockCountsToGrowTo() == [6])
        scheduler.growPools(to: [6])
        #expect(scheduler.blockCountsToGrowTo() == nil)
    }
}
