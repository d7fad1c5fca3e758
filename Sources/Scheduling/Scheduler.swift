package import EngineTypes

/// Decides what each step computes. There are no phases: a step gives every request some of the tokens that it has not
/// computed yet, first the running requests, then, while budget, sequences and blocks last, waiting ones. A pure value:
/// `schedule` says what to run, `update` takes what came of it.
///
/// No request can block the others for ever. None grows past `maxModelLength`, which the pools hold at least once, so
/// the first in order gets its blocks when the others are preempted; and it ends, because its length is bounded.
package struct Scheduler: Sendable {
    package let configuration: SchedulerConfig
    /// Tokens that a request may have: the configured limit, or what the block pools can hold of one request if that is
    /// less.
    package let maxModelLength: Int

    package internal(set) var requests = RequestTable()
    package internal(set) var kvCache: KVCacheManager
    var waiting: RequestQueue
    var turns: CallerTurns
    /// Slots of the running requests, in the order of their admission.
    var running: [Int] = []
    /// Requests that wait for their leaders.
    var deferredCount = 0
    /// Requests whose row the executor may free; told with the next step that computes something.
    var removed: [RequestID] = []

    /// What the step being scheduled has left.
    var budget = StepBudget()
    /// When that step was planned.
    var stepTime = 0.0
    var statistics = SchedulerStats()

    package init(_ configuration: SchedulerConfig, kvCache kvConfiguration: KVCacheConfig) {
        precondition(configuration.maxBatchedTokens > 0 && configuration.maxSequences > 0, "\(configuration)")
        self.configuration = configuration
        kvCache = KVCacheManager(
            kvConfiguration, maxBatchedTokens: configuration.maxBatchedTokens,
            cachesPrefixes: configuration.enablesPrefixCaching)
        maxModelLength = kvCache.longestRequest(limit: configuration.maxModelLength)
        waiting = RequestQueue(policy: configuration.policy)
        turns = CallerTurns(policy: configuration.policy)
    }

    package var hasUnfinishedRequests: Bool { requests.count > 0 }

    package var stats: SchedulerStats {
        var stats = statistics
        stats.runningCount = running.count
        stats.waitingCount = waiting.count + deferredCount
        stats.deferredCount = deferredCount
        stats.usedBlockCount = kvCache.usedBlockCount
        stats.blockCount = kvCache.blockCount
        return stats
    }

    /// The ids of the running requests, in order.
    package var runningIDs: [RequestID] { running.map { requests[$0].id } }

    /// The ids of the waiting requests, the next to run first.
    package var waitingIDs: [RequestID] { waiting.slots.map { requests[$0].id } }

    /// Plans a step. Computed counts advance here, so that the next step could be planned before this one has run.
    /// `time`: now, on the caller's clock; requests keep when they were first scheduled. `promptLimit`: units of work on
    /// prompts.
    package mutating func schedule(at time: Double = 0, promptLimit: Int = .max) -> SchedulerOutput {
        stepTime = time
        beginStep(promptLimit)
        let nothingWasPreempted = scheduleRunning()
        if nothingWasPreempted { scheduleWaiting() }
        return makeOutput()
    }

    /// Running requests that only continue their outputs.
    package var decodingCount: Int {
        running.count { requests[$0].isDecoding(computed: requests[$0].computedTokenCount) }
    }

    /// Requests of the step before are in memory up to their computed counts: states may be shared now.
    private mutating func beginStep(_ promptLimit: Int) {
        budget = StepBudget(configuration, decodingCount: decodingCount, promptLimit: promptLimit)
        kvCache.releaseCopySources()
        for slot in running {
            requests[slot].share = StepShare()
            kvCache.cacheComputedBlocks(
                of: &requests[slot], tokenCount: requests[slot].computedTokenCount, inStep: false)
        }
    }
}
