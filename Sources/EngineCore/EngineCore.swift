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
    /// This engine's share of the process's threads; nil for an engine that has them to itself.
    private let share: FairLease.Member?

    package init(
        executor: consuming E, scheduler configuration: SchedulerConfig, kvCache: KVCacheConfig,
        checksInvariants: Bool = false, profile: Profile? = nil, share: FairLease.Member? = nil,
        clock: @escaping @Sendable () -> Double = { MonotonicClock.seconds }
    ) {
        pace = StepPace(target: configuration.maxStepSeconds)
        self.clock = clock
        scheduler = Scheduler(configuration, kvCache: kvCache)
        if executor.tracksFreedBlocks { scheduler.trackFreedBlocks() }
        self.executor = executor
        self.checksInvariants = checksInvariants
        self.profile = profile
        self.share = share
    }

    /// Whether `step` has something to do.
    package var hasWork: Bool { scheduler.hasUnfinishedRequests || !ended.isEmpty }

    /// Computes some tokens of some requests and returns what that brought; nil where there was nothing to do.
    package mutating func step() throws(DeviceError) -> EngineCoreOutputs? {
        guard hasWork else { return nil }
        share?.acquire()
        defer { share?.release() }
        let planned = try plan()
        let pending = try launch(planned)
        return try finish(pending)
    }

    /// Decides what the next step computes.
    private mutating func plan() throws(DeviceError) -> PlannedStep {
        var watch = Stopwatch(profile)
        let begin = clock()
        try growPools()
        let output = scheduler.schedule(at: begin, promptLimit: promptLimit)
        reportFreedBlocks()
        watch.lap("step: schedule")
        return PlannedStep(output: output, begin: begin)
    }

    /// Starts the forward pass. What it computes is pending until `finish`.
    private mutating func launch(_ planned: consuming PlannedStep) throws(DeviceError) -> PendingStep {
        var watch = Stopwatch(profile)
        if !planned.output.isEmpty { try executor.execute(planned.output) }
        watch.lap("step: execute")
        return PendingStep(
            isEmpty: planned.output.isEmpty, work: planned.output.work, begin: planned.begin)
    }

    /// Samples what is pending and ends the requests that are complete.
    private mutating func finish(_ pending: PendingStep) throws(DeviceError) -> EngineCoreOutputs {
        var watch = Stopwatch(profile)
        var outputs = takeEnded()
        if !pending.isEmpty {
            let computed = try executor.sample(bitmask: nil)
            watch.lap("step: sample")
            let updated = scheduler.update(from: computed)
            if outputs.isEmpty { outputs = updated } else { outputs += updated }
            watch.lap("step: update")
        }
        let end = clock()
        pace.record(pending.work, seconds: end - pending.begin)
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

    /// Units of work on prompts: bounded while somebody waits for the step to end, a request that decodes or another
    /// engine.
    private var promptLimit: Int {
        let decodingCount = scheduler.decodingCount
        guard decodingCount > 0 || share?.hasRivals == true else { return .max }
        return pace.promptLimit(decodingCount: decodingCount)
    }

    /// Growth happens between steps: before content is given up and before anything is preempted for want of blocks.
    private mutating func growPools() throws(DeviceError) {
        guard let blockCounts = scheduler.blockCountsToGrowTo() else { return }
        scheduler.growPools(to: try executor.growPools(to: blockCounts))
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

/// What a step is to compute.
private struct PlannedStep {
    let output: SchedulerOutput
    /// When it was planned.
    let begin: Double
}

/// A step whose forward pass runs.
private struct PendingStep {
    let isEmpty: Bool
    let work: StepWork
    let begin: Double
}
