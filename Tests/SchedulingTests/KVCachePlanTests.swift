import EngineCore
import EngineTypes
import Scheduling
import Testing

/// Models whose layers cache different things, or nothing.
@Suite struct KVCachePlanTests {
    private static func demand(_ budget: Int, length: Int = 1000, sequences: Int = 10) -> KVCacheDemand {
        KVCacheDemand(
            byteBudget: budget, maxSequences: sequences, maxModelLength: length, maxBatchedTokens: 64,
            cachesPrefixes: true, initialBlockCount: 16)
    }

    @Test func `pools of unlike bytes share one budget`() throws {
        let groups = [
            KVCacheGroup(.all, blockSize: 16, pageByteCount: 1000),
            KVCacheGroup(.window(64), blockSize: 16, pageByteCount: 300, modules: [1, 2]),
        ]
        let whole = try #require(KVCacheConfig(groups: groups, for: Self.demand(.max)))
        // 63 blocks for a length of 1,000; five for a window of 64 at its worst alignment, plus those a step adds for
        // all requests.
        #expect(whole.pools.map(\.maxBlockCount) == [1 + 10 * 63, 1 + 10 * 5 + 4 + 10])
        #expect(whole.pools.map(\.blockByteCount) == [1000, 600])
        let wanted = whole.pools.reduce(0) { $0 + $1.blockByteCount * $1.maxBlockCount }
        let half = try #require(KVCacheConfig(groups: groups, for: Self.demand(wanted / 2)))
        #expect(half.pools.map(\.maxBlockCount) == whole.pools.map { $0.maxBlockCount / 2 })
        #expect(half.pools.reduce(0) { $0 + $1.blockByteCount * $1.maxBlockCount } <= wanted / 2)
        #expect(KVCacheConfig(groups: groups, for: Self.demand(2000)) == nil)
    }

    @Test func `what lies beside a block counts against the budget`() throws {
        let groups = [KVCacheGroup(.all, blockSize: 16, pageByteCount: 1000)]
        let config = KVCacheConfig(groups: groups, for: Self.demand(100_000)) { _ in 1000 }
        #expect(config?.pools.map(\.maxBlockCount) == [50])
    }

    @Test func `modules that keep equally much share a group, those of equal blocks a pool`() {
        let pages = [
            KVCacheGroup(.window(8), blockSize: 16, pageByteCount: 100),
            KVCacheGroup(.all, blockSize: 16, pageByteCount: 200),
            KVCacheGroup(.window(8), blockSize: 16, pageByteCount: 100),
            KVCacheGroup(.all, blockSize: 32, pageByteCount: 400),
        ]
        let groups = KVCacheGroup.grouping(pages)
        #expect(groups.map(\.modules) == [[0, 2], [1], [3]])
        let config = KVCacheConfig(groups: groups, initialBlockCount: 2, maxBlockCounts: [4])
        #expect(config.poolOfGroup == [0, 0, 1])
    }

    /// A model without a cache computes every prompt, because no prefix can hit.
    @Test func `no cache groups`() throws {
        var scheduler = makeScheduler([])
        #expect(scheduler.maxModelLength == 200)
        for id: UInt64 in 1...2 {
            try scheduler.add(makeRequest(id, tokens: makePrompt(16, stream: 1), maxTokens: 1))
            let (plan, outputs) = scheduler.run()
            #expect(plan.scheduledTokenCount == 16)
            #expect(outputs[0].cachedTokenCount == 0 && outputs[0].finishReason == .length)
        }
        let executor = FakeExecutor(makeKVCache([]))
        var core = EngineCore(
            executor: executor, scheduler: makeConfiguration(), kvCache: makeKVCache([]), checksInvariants: true)
        core.add(makeRequest(1, tokens: makePrompt(16, stream: 1), maxTokens: 1))
        #expect(try core.step()?.outputs[0].newTokenIDs.count == 1)
    }

    /// A pool grows by its own need, not by that of another pool.
    @Test func `pools grow each by what they miss`() throws {
        let config = KVCacheConfig(groups: Groups.unlike, initialBlockCount: 3, maxBlockCounts: [40, 3])
        var scheduler = Scheduler(makeConfiguration(budget: 16), kvCache: config)
        try scheduler.add(makeRequest(1, prompt: 8, maxTokens: 1))
        let counts = try #require(scheduler.blockCountsToGrowTo())
        #expect(counts[0] > 3 && counts[1] == 3)
        scheduler.growPools(to: counts)
        #expect(scheduler.kvCache.pools.map(\.blockCount) == counts)
    }
}
