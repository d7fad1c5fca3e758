package import EngineTypes
package import Scheduling
package import Support

/// The scheduler and its executor: what the engine's thread owns. Single-threaded, without locks or suspension.
package struct EngineCore<E: Executor & ~Copyable>: ~Copyable {
    package private(set) var scheduler: Scheduler
    private var executor: E
    /// Requests that ended between steps; published with the next one.
    private var ended: [EngineCoreOutput] = []
    private var pace: StepPace
    /// Seconds on a monotonic clock.
    private let clock: @Sendable () -> Double
    /// Whether every step ends with a check of all invariants.
    private let checksInvariants: Bool
    private let profile: Profile?

    package init(
        executor: consuming E, scheduler configuration: SchedulerConfig, kvCache: KVCacheConfig,
        checksInvariants: Bool = false, profile: Profile? = nil,
        clock: @escaping @Sendable () -> Double = { MonotonicClock.seconds }
    ) {
        pace = StepPace(target: configuration.maxStepSeconds)
        self.clock = clock
        scheduler = Scheduler(configuration, kvCache: kvCache)
        if executor.tracksFreedBlocks { scheduler.trackFreedBlocks() }
        self.executor = executor
        self.checksInvariants = checksInvariants
        self.profile = profile
    }

    /// Whether `step` has something to do.
    package var hasWork: Bool { scheduler.hasUnfinishedRequests || !ended.isEmpty }

    /// Computes some tokens of some requests and returns what that brought; nil where there was nothing to do.
    package mutating func step() throws(DeviceError) -> EngineCoreOutputs? {
        guard hasWork else { return nil }
        var watch = Stopwatch(profile)
        let begin = clock()
        try growPools()
        let planned = scheduler.schedule(
            at: begin, promptLimit: pace.promptLimit(decodingCount: scheduler.decodingCount))
        reportFreedBlocks()
        watch.lap("step: schedule")
        var outputs = takeEnded()
        if !planned.isEmpty {
            try executor.execute(planned)
            watch.lap("step: execute")
            let computed = try executor.sample(bitmask: nil)
            watch.lap("step: sample")
            let updated = scheduler.update(from: computed)
            if outputs.isEmpty { outputs = updated } else { outputs += updated }
            watch.lap("step: update")
        }
        let end = clock()
        pace.record(planned.work, seconds: end - begin)
        if checksInvariants { scheduler.checkInvariants() }
        return EngineCoreOutputs(outputs: outputs, stats: scheduler.stats, time: end)
    }

    /// Takes a request. One that can never run ends at once with its error.
    package mutating func add(_ request: consuming EngineCoreRequest) {
        let id = request.id
        do throws(RequestError) {
            try scheduler.add(request)
        } catch {
            ended.append(EngineCoreOutput(id: id, finishReason: .error, error: error))
        }
    }

    /// Ends requests whose callers went away, before the next step; those that have ended already are passed over.
    package mutating func abort(_ ids: [RequestID]) {
        for id in ids {
            if let output = scheduler.abort(id) { ended.append(output) }
        }
    }

    /// Ends all requests with `error`.
    package mutating func failAll(_ error: RequestError) -> EngineCoreOutputs {
        var outputs = takeEnded()
        for id in scheduler.unfinishedIDs {
            guard var output = scheduler.abort(id) else { continue }
            (output.finishReason, output.error) = (.error, error)
            outputs.append(output)
        }
        return EngineCoreOutputs(outputs: outputs, stats: scheduler.stats, time: clock())
    }

    package mutating func resetPrefixCache() { scheduler.resetPrefixCache() }

    /// Growth happens between steps: before content is given up and before anything is preempted for want of blocks.
    private mutating func growPools() throws(DeviceError) {
        guard let blockCount = scheduler.blockCountToGrowTo() else { return }
        try executor.growPool(to: blockCount)
        scheduler.growPools(to: blockCount)
    }

    private mutating func reportFreedBlocks() {
        guard executor.tracksFreedBlocks else { return }
        let blocks = scheduler.takeFreedBlocks()
        if !blocks.isEmpty { executor.blocksWereFreed(blocks) }
    }

    private mutating func takeEnded() -> [EngineCoreOutput] {
        defer { ended = [] }
        return ended
    }
}
