import EngineTypes
import Scheduling
import Testing

@Suite struct PrefixCacheTests {
    /// Returns the tokens that a request with `tokens` takes from the cache after a request with `first` has ended.
    private func hit(
        _ groups: [KVCacheGroup] = Groups.full, first: [TokenID], then tokens: [TokenID],
        salts: (String?, String?) = (nil, nil),
        blocks: Int = 100, caching: Bool = true
    ) throws -> Int {
        var scheduler = makeScheduler(groups, blocks: blocks, caching: caching)
        try scheduler.add(makeRequest(1, tokens: first, maxTokens: 1, salt: salts.0))
        _ = scheduler.runToEnd()
        try scheduler.add(makeRequest(2, tokens: tokens, maxTokens: 1, salt: salts.1))
        return scheduler.runToEnd()[0].cachedTokenCount
    }

    @Test(arguments: [(12, 8), (13, 12), (15, 12), (16, 12), (17, 16)])
    func `a hit has whole blocks and never the last token`(length: Int, expected: Int) throws {
        let prompt = makePrompt(length, stream: 1)
        #expect(try hit(first: prompt, then: prompt) == expected)
    }

    @Test func `a hit ends where the tokens differ`() throws {
        let head = makePrompt(10, stream: 1)
        #expect(try hit(first: head + makePrompt(10, stream: 2), then: head + makePrompt(10, stream: 3)) == 8)
    }

    @Test func `requests with different salts share nothing`() throws {
        let prompt = makePrompt(16, stream: 1)
        #expect(try hit(first: prompt, then: prompt, salts: ("a", "a")) == 12)
        #expect(try hit(first: prompt, then: prompt, salts: ("a", "b")) == 0)
        #expect(try hit(first: prompt, then: prompt, salts: (nil, "a")) == 0)
    }

    @Test func `nothing is shared with caching off`() throws {
        let prompt = makePrompt(16, stream: 1)
        #expect(try hit(first: prompt, then: prompt, caching: false) == 0)
    }

    @Test func `a hit must be in all cache groups`() throws {
        let prompt = makePrompt(21, stream: 1)
        #expect(try hit(Groups.full, first: prompt, then: prompt) == 20)
        // Checkpoints are 8 tokens apart, and exist only where a chunk ended.
        #expect(try hit(Groups.hybrid, first: prompt, then: prompt) == 16)
    }

    @Test func `output extends the cached prefix`() throws {
        var scheduler = makeScheduler()
        let prompt = makePrompt(6, stream: 1)
        try scheduler.add(makeRequest(1, tokens: prompt, maxTokens: 7))
        _ = scheduler.runToEnd()
        // 6 + 7 tokens, without the last, which is not computed: three blocks.
        try scheduler.add(makeRequest(2, tokens: prompt + Array(repeating: 7, count: 7), maxTokens: 1))
        #expect(scheduler.runToEnd()[0].cachedTokenCount == 12)
    }

    @Test func `requests of one step share keys and values`() throws {
        var scheduler = makeScheduler()
        let prompt = makePrompt(16, stream: 1)
        try scheduler.addAll(makeRequest(1, tokens: prompt), makeRequest(2, tokens: prompt))
        #expect(scheduler.run().plan.counts == [1: 16, 2: 4])
    }

    @Test func `states are shared from the next step on`() throws {
        var scheduler = makeScheduler(Groups.state)
        let prompt = makePrompt(17, stream: 1)
        try scheduler.addAll(makeRequest(1, tokens: prompt), makeRequest(2, tokens: prompt))
        #expect(scheduler.run().plan.counts == [1: 16, 2: 16])
        try scheduler.add(makeRequest(3, tokens: prompt))
        #expect(scheduler.run().plan.counts == [1: 1, 2: 1, 3: 1])
    }

    @Test func `a cached state is copied before it is written`() throws {
        var scheduler = makeScheduler(Groups.state)
        try scheduler.add(makeRequest(1, prompt: 12))
        let first = scheduler.run().plan
        let state = first.newRequests[0].blockTables[0][0]
        #expect(first.blocksToZero == [GroupBlock(group: 0, block: state)] && first.blockCopies.isEmpty)
        let second = scheduler.run().plan
        let copy = second.cachedRequests[0].newBlocks[0][0]
        #expect(second.blockCopies == [BlockCopy(group: 0, source: state, destination: copy)])
        #expect(second.blocksToZero.isEmpty)
        #expect(scheduler.run().plan.blockCopies.isEmpty)
    }

    @Test func `prompt log-probabilities use no cached prefix without hidden states`() throws {
        var scheduler = makeScheduler()
        let prompt = makePrompt(16, stream: 1)
        try scheduler.add(makeRequest(1, tokens: prompt, maxTokens: 1))
        _ = scheduler.runToEnd()
        var request = makeRequest(2, tokens: prompt, maxTokens: 1)
        request.sampling.promptLogprobs = 0
        try scheduler.add(request)
        #expect(scheduler.run().plan.counts == [2: 16])
    }

    /// Prefix hits after a preemption are counted separately.
    @Test func `recomputation after preemption is no query of the prefix cache`() throws {
        var scheduler = makeScheduler(blocks: 5)
        try scheduler.addAll(makeRequest(1, maxTokens: 10), makeRequest(2, maxTokens: 10))
        #expect(scheduler.runToEnd().count == 2)
        let stats = scheduler.stats
        #expect(stats.preemptionCount > 0)
        #expect(stats.prefixCacheQueriedTokens == 16 && stats.prefixCacheHitTokens == 0)
        #expect(stats.preemptedQueriedTokens > 8)
    }

    /// While other requests decode and fill blocks, nothing is hashed or looked up for the head of the queue.
    @Test func `a head of the queue that does not fit is looked up once`() throws {
        for (groups, blocks) in [(Groups.full, 30), (Groups.hybrid, 60)] {
            var scheduler = makeScheduler(groups, blocks: blocks)
            let prompt = makePrompt(60, stream: 9)
            try scheduler.add(makeRequest(9, tokens: prompt, maxTokens: 1))
            _ = scheduler.runToEnd()
            try scheduler.addAll(makeRequest(1, prompt: 30, maxTokens: 40), makeRequest(2, prompt: 30, maxTokens: 40))
            scheduler.run()
            try scheduler.add(makeRequest(10, tokens: prompt + makePrompt(50, stream: 8), maxTokens: 1))
            scheduler.run()
            #expect(scheduler.waitingIDs == ids(10))
            let (searches, hashes) = (scheduler.kvCache.prefixSearchCount, scheduler.kvCache.hasher.blockCount)
            var (steps, filled) = (0, 0)
            while scheduler.waitingIDs == ids(10), scheduler.runningIDs.count == 2 {
                scheduler.run()
                steps += 1
                filled += scheduler.runningIDs.count
            }
            #expect(steps > 10)
            // The streams evict blocks of its prefix, which causes another lookup; only they have new blocks to hash.
            #expect((0...16).contains(scheduler.kvCache.prefixSearchCount - searches), "\(steps) steps")
            #expect(scheduler.kvCache.hasher.blockCount - hashes <= 2 * (filled / 4 + 2))
            #expect(scheduler.runToEnd().last?.id == RequestID(10))
        }
    }

    @Test func `the end of a prefix is evicted before its beginning`() throws {
        var scheduler = makeScheduler(blocks: 5)
        let prompt = makePrompt(16, stream: 1)
        try scheduler.add(makeRequest(1, tokens: prompt, maxTokens: 1))
        _ = scheduler.runToEnd()
        // Takes the empty block and evicts two of the four cached ones.
        try scheduler.add(makeRequest(2, prompt: 12, maxTokens: 1))
        _ = scheduler.runToEnd()
        try scheduler.add(makeRequest(3, tokens: prompt, maxTokens: 1))
        #expect(scheduler.runToEnd()[0].cachedTokenCount == 8)
    }

    @Test func `a reset forgets everything, of running requests too`() throws {
        var scheduler = makeScheduler()
        let prompt = makePrompt(16, stream: 1)
        try scheduler.add(makeRequest(1, tokens: prompt, maxTokens: 3))
        scheduler.run()
        scheduler.resetPrefixCache()
        scheduler.checkInvariants()
        _ = scheduler.runToEnd()
        try scheduler.add(makeRequest(2, tokens: prompt, maxTokens: 1))
        #expect(scheduler.runToEnd()[0].cachedTokenCount == 0)
    }

    @Test func `blocks that left the window are freed`() throws {
        var scheduler = makeScheduler(Groups.sliding, caching: false)
        try scheduler.add(makeRequest(1, prompt: 30, maxTokens: 20))
        scheduler.run()
        #expect(scheduler.stats.usedBlockCount == 8)
        // The token at 30 reads 25...30: blocks 6 and 7.
        scheduler.run()
        #expect(scheduler.stats.usedBlockCount == 2)
        for _ in 0..<15 {
            scheduler.run()
            #expect(scheduler.stats.usedBlockCount <= 3)
        }
    }

    @Test func `a hit in a sliding window needs only the blocks in the window`() throws {
        var scheduler = makeScheduler(Groups.sliding)
        let prompt = makePrompt(33, stream: 1)
        try scheduler.add(makeRequest(1, tokens: prompt, maxTokens: 1))
        _ = scheduler.runToEnd()
        try scheduler.add(makeRequest(2, tokens: prompt))
        let new = scheduler.run().plan.newRequests[0]
        #expect(new.computedTokenCount == 32)
        #expect(new.blockTables[0].prefix(6).allSatisfy { $0 == .null } && new.blockTables[0].count == 9)
        #expect(new.blockTables[0].dropFirst(6).allSatisfy { $0 != .null })
    }
}
