import EngineTypes
import Scheduling
import Testing

@Suite struct SchedulerBudgetTests {
    @Test func `requests are admitted in order of arrival`() throws {
        var scheduler = makeScheduler(sequences: 2)
        try scheduler.addAll(makeRequest(3), makeRequest(1), makeRequest(2))
        #expect(scheduler.run().plan.newRequests.map(\.id) == ids(3, 1))
        #expect(scheduler.waitingIDs == ids(2))
    }

    @Test func `requests are admitted by priority, then in order of arrival`() throws {
        var scheduler = makeScheduler(sequences: 3, policy: .priority)
        try scheduler.addAll(
            makeRequest(1, priority: 1), makeRequest(3, priority: 0), makeRequest(4, priority: 0),
            makeRequest(2, priority: 2))
        #expect(scheduler.run().plan.newRequests.map(\.id) == ids(3, 4, 1))
    }

    @Test func `a step stays within the token budget`() throws {
        var scheduler = makeScheduler(budget: 10)
        try scheduler.addAll(makeRequest(1, prompt: 6), makeRequest(2, prompt: 7), makeRequest(3, prompt: 1))
        #expect(scheduler.run().plan.counts == [1: 6, 2: 4])
        // Running requests come first: one decodes, the other finishes its prompt.
        #expect(scheduler.run().plan.counts == [1: 1, 2: 3, 3: 1])
    }

    @Test func `the threshold for long prompts leaves room for others`() throws {
        var scheduler = makeScheduler(budget: 10, threshold: 4)
        try scheduler.addAll(makeRequest(1, prompt: 9), makeRequest(2, prompt: 3))
        #expect(scheduler.run().plan.counts == [1: 4, 2: 3])
        #expect(scheduler.run().plan.counts == [1: 4, 2: 1])
    }

    @Test func `short prompts overtake long ones`() throws {
        var scheduler = makeScheduler(budget: 20, threshold: 4, longPrefills: 1)
        try scheduler.addAll(
            makeRequest(1, prompt: 9), makeRequest(2, prompt: 12), makeRequest(3, prompt: 3), makeRequest(4, prompt: 4))
        #expect(scheduler.run().plan.counts == [1: 4, 3: 3, 4: 4])
        #expect(scheduler.waitingIDs == ids(2))
        // From here on, the rest of the first prompt no longer counts as long.
        #expect(scheduler.run().plan.counts == [1: 4, 3: 1, 4: 1])
        #expect(scheduler.run().plan.counts == [1: 1, 2: 4, 3: 1, 4: 1])
    }

    @Test func `prompts keep to the limit while a request decodes`() throws {
        var scheduler = makeScheduler()
        try scheduler.add(makeRequest(1, prompt: 3))
        #expect(scheduler.run(promptLimit: 5).plan.counts == [1: 3])
        try scheduler.addAll(makeRequest(2, prompt: 12), makeRequest(3, prompt: 9))
        #expect(scheduler.run(promptLimit: 5).plan.counts == [1: 1, 2: 5])
        #expect(scheduler.run(promptLimit: 9).plan.counts == [1: 1, 2: 7, 3: 2])
        #expect(scheduler.run(promptLimit: 4).plan.counts == [1: 1, 2: 1, 3: 4])
    }

    @Test func `prompts without streams keep to the limit too`() throws {
        var scheduler = makeScheduler(budget: 40)
        try scheduler.addAll(makeRequest(1, prompt: 60), makeRequest(2, prompt: 10))
        #expect(scheduler.run().plan.counts == [1: 40])
        #expect(scheduler.run(promptLimit: 5).plan.counts == [1: 5])
    }

    /// A long prompt that comes before streams in the order leaves them their tokens.
    @Test func `streams have their tokens whatever their place`() throws {
        var scheduler = makeScheduler(Groups.hybrid, blocks: 200, budget: 20)
        try scheduler.addAll(makeRequest(1, prompt: 150), makeRequest(2, prompt: 1), makeRequest(3, prompt: 1))
        // A chunk of 16 ends at a boundary and leaves room for both short prompts, which decode from here on.
        #expect(scheduler.run().plan.counts == [1: 16, 2: 1, 3: 1])
        for _ in 0..<8 {
            let counts = scheduler.run().plan.counts
            #expect(counts[1]! >= 10 && counts[2] == 1 && counts[3] == 1)
        }
    }

    @Test(arguments: [1, 3, 8, 11])
    func `prompts over states advance under any limit`(limit: Int) throws {
        var scheduler = makeScheduler(Groups.hybrid)
        try scheduler.add(makeRequest(1, prompt: 1, maxTokens: 100))
        scheduler.run()
        try scheduler.add(makeRequest(2, prompt: 30, maxTokens: 1))
        var counts: [Int] = []
        while scheduler.requests.slot(of: RequestID(2)) != nil {
            counts.append(scheduler.run(promptLimit: limit).plan.counts[2]!)
        }
        #expect(counts.allSatisfy { (1...limit).contains($0) } && counts.reduce(0, +) == 30)
    }

    @Test func `the threshold shrinks with the limit`() throws {
        var scheduler = makeScheduler(budget: 40, threshold: 10)
        try scheduler.add(makeRequest(1, prompt: 1))
        scheduler.run()
        try scheduler.addAll(makeRequest(2, prompt: 30), makeRequest(3, prompt: 30))
        #expect(scheduler.run(promptLimit: 8).plan.counts == [1: 1, 2: 2, 3: 2])
    }

    @Test func `a partial prompt gives no output`() throws {
        var scheduler = makeScheduler(budget: 5)
        try scheduler.add(makeRequest(1, prompt: 8))
        #expect(scheduler.run().outputs.isEmpty)
        #expect(scheduler.run().outputs.map(\.newTokenIDs) == [[7]])
    }

    @Test func `a request is sent whole once, then as differences`() throws {
        var scheduler = makeScheduler()
        try scheduler.add(makeRequest(1, prompt: 7))
        let first = scheduler.run().plan
        #expect(first.newRequests[0].blockTables[0].count == 2)
        #expect(first.newRequests[0].tokenIDs.count == 7 && first.newRequests[0].promptTokenCount == 7)
        let second = scheduler.run().plan
        #expect(second.newRequests.isEmpty)
        #expect(second.cachedRequests[0].computedTokenCount == 7)
        #expect(second.cachedRequests[0].newBlocks == [[]])
        #expect(scheduler.run().plan.cachedRequests[0].newBlocks[0].count == 1)
    }

    @Test func `a plan lists the requests that were removed`() throws {
        var scheduler = makeScheduler()
        try scheduler.addAll(makeRequest(1, maxTokens: 1), makeRequest(2))
        #expect(scheduler.run().plan.removedRequests.isEmpty)
        #expect(scheduler.run().plan.removedRequests == ids(1))
        #expect(scheduler.run().plan.removedRequests.isEmpty)
    }

    @Test func `chunks end at block boundaries if states are cached`() throws {
        var scheduler = makeScheduler(Groups.hybrid, budget: 13)
        try scheduler.add(makeRequest(1, prompt: 22))
        #expect((0..<3).map { _ in scheduler.run().plan.counts } == [[1: 8], [1: 8], [1: 6]])
    }

    @Test func `chunks may end anywhere without caching`() throws {
        var scheduler = makeScheduler(Groups.hybrid, budget: 13, caching: false)
        try scheduler.add(makeRequest(1, prompt: 22))
        #expect((0..<2).map { _ in scheduler.run().plan.counts } == [[1: 13], [1: 9]])
    }

    @Test func `statistics count requests, tokens and blocks`() throws {
        var scheduler = makeScheduler(sequences: 2)
        try scheduler.addAll(makeRequest(1), makeRequest(2), makeRequest(3))
        scheduler.run()
        let stats = scheduler.stats
        #expect(stats.runningCount == 2 && stats.waitingCount == 1 && stats.peakBatchSize == 2)
        #expect(stats.stepCount == 1 && stats.scheduledTokenCount == 16)
        #expect(stats.usedBlockCount == 4 && stats.blockCount == 100)
    }

    @Test func `requests with logits processors wait for room in the step, others pass`() throws {
        struct Nothing: LogitsProcessor {
            let keepsArgmax = true
            func apply(to logits: inout MutableSpan<Float>, _ context: SamplingContext) {}
        }
        func request(_ id: UInt64, processors count: Int) -> EngineCoreRequest {
            var request = makeRequest(id, prompt: 3, maxTokens: 2)
            request.generation.processors = Array(repeating: Nothing(), count: count)
            return request
        }
        var scheduler = makeScheduler(processorCalls: 5)
        try scheduler.addAll(
            request(1, processors: 3), request(2, processors: 4), request(3, processors: 1),
            request(4, processors: 0), request(5, processors: 9))
        // Request 3 would fit but does not overtake request 2.
        #expect(scheduler.run().plan.counts == [1: 3, 4: 3])
        #expect(scheduler.run().outputs.map(\.finishReason) == [.length, .length])
        #expect(scheduler.run().plan.counts == [2: 3, 3: 3])
        scheduler.run()
        // A request that exceeds the step's limit runs alone.
        #expect(scheduler.run().plan.counts == [5: 3])
    }
}
