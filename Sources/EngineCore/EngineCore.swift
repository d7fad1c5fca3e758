package import EngineTypes
package import Scheduling
package import Support

/// The scheduler and its executor, owned by the engine's thread. Single-threaded, without locks or suspension points.
package struct EngineCore<E: Executor & ~Copyable>: ~Copyable {
    package private(set) var scheduler: Scheduler
    private var executor: E
    /// Outputs of requests that ended between steps, published with the next step.
    private var ended: [EngineCoreOutput] = []
    private var pace: StepPace
    /// Returns seconds on a monotonic clock.
    private let clock: @Sendable () -> Double
    /// Whether every step ends with a check of all invariants.
    private let checksInvariants: Bool
    private let profile: Profile?
    /// This engine's share of the process's threads; nil if it has them to itself.
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

    /// Whether `step` has anything to do.
    package var hasWork: Bool { scheduler.hasRunnableRequests || !ended.isEmpty }

    /// Runs one step and returns its outputs, or nil if there was nothing to do.
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

    /// Starts the forward pass; its results are pending until `finish`.
    private mutating func launch(_ planned: consuming PlannedStep) throws(DeviceError) -> PendingStep {
        var watch = Stopwatch(profile)
        if !planned.output.isEmpty { try executor.execute(planned.output) }
        watch.lap("step: execute")
        return PendingStep(
            isEmpty: planned.output.isEmpty, stepID: planned.output.stepID, work: planned.output.work,
            begin: planned.begin)
    }

    /// Samples the pending step and ends the requests that are complete.
    private mutating func finish(_ pending: PendingStep) throws(DeviceError) -> EngineCoreOutputs {
        var watch = Stopwatch(profile)
        var outputs = takeEnded()
        if !pending.isEmpty {
            let computed = try executor.sample(bitmask: nil)
            precondition(computed.stepID == pending.stepID, "results of step \(computed.stepID) for \(pending.stepID)")
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

    /// Adds a request. One that can never run ends at once with an error.
    package mutating func add(_ request: consuming EngineCoreRequest) {
        let id = request.id
        do throws(RequestError) {
            try scheduler.add(request)
        } catch {
            ended.append(EngineCoreOutput(id: id, finishReason: .error, error: error))
        }
    }

    /// Marks requests as ready; see `EngineCoreRequest.isReady`.
    package mutating func makeReady(_ ids: [RequestID]) {
        for id in ids { scheduler.makeReady(id) }
    }

    /// Ends, before the next step, requests whose callers have gone. Ids of requests that have already ended are
    /// ignored.
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

    /// Maximum units of prompt work in the next step. Limited only while a decoding request or another engine waits for
    /// the step to end.
    private var promptLimit: Int {
        let decodingCount = scheduler.decodingCount
        guard decodingCount > 0 || share?.hasRivals == true else { return .max }
        return pace.promptLimit(decodingCount: decodingCount)
    }

    /// Grows the pools between steps, before cached content is evicted and before requests are preempted for lack of
    /// blocks.
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

/// The plan of a step.
private struct PlannedStep {
    let output: SchedulerOutput
    /// Time at which the step was planned.
    let begin: Double
}

/// A step whose forward pass is running.
private struct PendingStep {
    let isEmpty: Bool
    let stepID: Int
    let work: StepWork
    let begin: Double
}
