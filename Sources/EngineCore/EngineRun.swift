internal import EngineTypes
internal import Scheduling
internal import Support

/// The main loop of the engine's thread, with the core and its channels.
struct EngineRun<E: Executor & ~Copyable>: ~Copyable {
    typealias Publish = @Sendable (consuming EngineCoreOutputs) -> Void

    private var core: EngineCore<E>
    private let inbox: Inbox<EngineCoreMessage>
    private let publish: Publish
    private var batch: [EngineCoreMessage] = []
    /// Set by a device failure; every later request ends with it.
    private var failure: RequestError?
    private var isShutDown = false
    private var isPaused = false

    init(core: consuming EngineCore<E>, inbox: Inbox<EngineCoreMessage>, publish: @escaping Publish) {
        self.core = core
        self.inbox = inbox
        self.publish = publish
    }

    /// Runs until shutdown and returns the statistics after the last step.
    mutating func untilShutdown() -> SchedulerStats {
        while !isShutDown {
            inbox.drain(into: &batch, blocking: !canStep)
            for message in batch { handle(message) }
            batch.removeAll(keepingCapacity: true)
            if canStep { step() }
        }
        publish(core.failAll(.shutDown))
        return core.scheduler.stats
    }

    private var canStep: Bool { core.hasWork && !isPaused && !isShutDown }

    private mutating func handle(_ message: EngineCoreMessage) {
        switch message {
        case .add(let request):
            if let failure { fail(request.id, failure) } else { core.add(request) }
        case .ready(let ids): core.makeReady(ids)
        case .abort(let ids): core.abort(ids)
        case .resetPrefixCache: core.resetPrefixCache()
        case .pause(let pauses): isPaused = pauses
        case .stats(let body): body(core.scheduler.stats)
        case .shutdown: isShutDown = true
        }
    }

    private mutating func step() {
        do throws(DeviceError) {
            if let outputs = try core.step() { publish(outputs) }
        } catch {
            let failure = RequestError(.engineDead, "the engine's device failed: \(error)")
            self.failure = failure
            publish(core.failAll(failure))
        }
        if !core.scheduler.hasUnfinishedRequests, failure == nil { core.scheduler.checkIdle() }
    }

    private func fail(_ id: RequestID, _ error: RequestError) {
        let output = EngineCoreOutput(id: id, finishReason: .error, error: error)
        publish(EngineCoreOutputs(outputs: [output], stats: core.scheduler.stats, time: MonotonicClock.seconds))
    }
}
