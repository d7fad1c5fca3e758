package import EngineTypes

/// Decides what each step computes, without separate prefill and decode phases: pending tokens of the running requests
/// first, then those of waiting ones while budget, sequences and blocks last. A pure value: `schedule` plans a step,
/// `update` applies its results.
///
/// No request can block the others for ever: its length is bounded by `maxModelLength`, which the pools hold at least
/// once, so the first in order gets its blocks by preempting the others, and it ends.
package struct Scheduler: Sendable {
    package let configuration: SchedulerConfig
    /// Maximum number of tokens per request: the configured limit, or what the block pools can hold for a single
    /// request if that is less.
    package let maxModelLength: Int

    package internal(set) var requests = RequestTable()
    package internal(set) var kvCache: KVCacheManager
    var waiting: RequestQueue
    var turns: CallerTurns
    /// Slots of the running requests, in the order of their admission.
    var running: [Int] = []
    /// Number of requests that wait for their leaders.
    var deferredCount = 0
    /// Requests whose rows the executor may free; sent with the next step that computes something.
    var removed: [RequestID] = []

    /// The remaining budget of the step being scheduled.
    var budget = StepBudget()
    /// Number of the last step that computed something.
    var stepID = 0
    /// Time at which that step was planned.
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

    /// Whether a step could compute anything: a request runs, or one that waits is ready.
    package var hasRunnableRequests: Bool {
        !running.isEmpty || waiting.slots.contains { requests[$0].isReady }
    }

    package var stats: SchedulerStats {
        var stats = statistics
        stats.runningCount = running.count
        stats.waitingCount = waiting.count + deferredCount
        stats.deferredCount = deferredCount
        stats.usedBlockCount = kvCache.usedBlockCount
        stats.blockCount = kvCache.blockCount
        return stats
    }

    /// Ids of the running requests, in order.
    package var runningIDs: [RequestID] { running.map { requests[$0].id } }

    /// Ids of the waiting requests, the next to run first.
    package var waitingIDs: [RequestID] { waiting.slots.map { requests[$0].id } }

    /// Plans a step and advances the computed counts, so the next step could be planned before this one has run.
    /// `time`: now, on the caller's clock, kept as the first scheduling time of requests. `promptLimit`: maximum units
    /// of prompt work.
    package mutating func schedule(at time: Double = 0, promptLimit: Int = .max) -> SchedulerOutput {
        stepTime = time
        beginStep(promptLimit)
        let nothingWasPreempted = scheduleRunning()
        if nothingWasPreempted { scheduleWaiting() }
        return makeOutput()
    }

    /// Number of running requests that only continue their outputs.
    package var decodingCount: Int {
        running.count { requests[$0].isDecoding(computed: requests[$0].computedTokenCount) }
    }

    /// Starts a step. The previous one has computed all tokens up to the computed counts, so states can be shared now.
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
