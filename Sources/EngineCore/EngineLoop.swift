package import EngineTypes
internal import Scheduling
internal import Support
internal import Synchronization

/// The engine's thread: takes messages from a bounded inbox, steps while there is work, and publishes what each step
/// brought as one value. Sleeps while idle.
///
/// Every accepted request gets exactly one output with a finish reason, unless the caller has aborted it by then in
/// which case that output says so. After a device failure the engine is dead: all requests, later ones too, end with
/// `RequestError.Code.engineDead`, until `shutdown`.
package final class EngineLoop: Sendable {
    package typealias Message = EngineCoreMessage

    private let inbox: Inbox<Message>
    private let thread: Mutex<OSThread?>

    /// Starts the thread. `makeCore` runs on it, so that nothing of the core is ever seen by another thread; `started`
    /// is called there once, with the error if `makeCore` throws (the loop is over then). `publish` is called there for
    /// every step.
    package init<E: Executor & SendableMetatype & ~Copyable>(
        inboxCapacity: Int,
        makeCore: sending @escaping () throws -> EngineCore<E>,
        started: @escaping @Sendable (Result<EngineCoreInfo, any Error>) -> Void = { _ in },
        publish: @escaping @Sendable (consuming EngineCoreOutputs) -> Void
    ) {
        let inbox = Inbox<Message>(capacity: inboxCapacity)
        self.inbox = inbox
        let thread = OSThread {
            var stats = SchedulerStats()
            do {
                let core = try makeCore()
                started(.success(EngineCoreInfo(maxModelLength: core.scheduler.maxModelLength)))
                var run = EngineRun(core: core, inbox: inbox, publish: publish)
                stats = run.untilShutdown()
            } catch {
                started(.failure(error))
            }
            Self.answer(inbox.close(), stats, publish)
        }
        self.thread = Mutex(thread)
    }

    /// Answers messages that came too late: requests end, and whoever asked for numbers gets the last ones.
    private static func answer(
        _ messages: [Message], _ stats: SchedulerStats, _ publish: (consuming EngineCoreOutputs) -> Void
    ) {
        var outputs: [EngineCoreOutput] = []
        for message in messages {
            switch message {
            case .add(let request):
                outputs.append(EngineCoreOutput(id: request.id, finishReason: .error, error: .shutDown))
            case .stats(let body): body(stats)
            case .abort, .resetPrefixCache, .pause, .shutdown: break
            }
        }
        if !outputs.isEmpty {
            publish(EngineCoreOutputs(outputs: outputs, stats: stats, time: MonotonicClock.seconds))
        }
    }

    /// Hands a request over; throws `overloaded` where the inbox is full, `engineDead` after the shutdown.
    package func add(_ request: EngineCoreRequest) throws(RequestError) {
        switch inbox.tryPush(.add(request)) {
        case .accepted: return
        case .full:
            throw RequestError(.overloaded, "\(inbox.capacity) requests wait to be taken in; try again later")
        case .closed: throw .shutDown
        }
    }

    /// Ends requests whose callers went away; never refused.
    package func abort(_ ids: [RequestID]) { inbox.push(.abort(ids)) }

    package func resetPrefixCache() { inbox.push(.resetPrefixCache) }

    /// Holds the steps up until the next call with false; requests are taken in meanwhile.
    package func setPaused(_ isPaused: Bool) { inbox.push(.pause(isPaused)) }

    /// Calls `body` on the engine's thread with the present numbers; returns false, without a call, after the shutdown.
    @discardableResult package func stats(_ body: @escaping @Sendable (SchedulerStats) -> Void) -> Bool {
        inbox.push(.stats(body)) == .accepted
    }

    /// Asks the thread to end all requests and itself; returns at once.
    package func shutdown() { inbox.push(.shutdown) }

    /// Waits, blocking, until the thread has ended after `shutdown`; not from the engine's thread.
    package func join() {
        let thread = self.thread.withLock { $0.take() }
        if let thread { thread.join() }
    }
}
