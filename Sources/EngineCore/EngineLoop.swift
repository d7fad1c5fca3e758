package import EngineTypes
internal import Scheduling
internal import Support
internal import Synchronization

/// The engine's thread: takes messages from a bounded inbox, runs steps while there is work, and publishes the outputs
/// of each step as one value. Sleeps while idle.
///
/// Every accepted request gets exactly one output with a finish reason, which is `abort` if the caller aborted first.
/// After a device failure, all requests, including later ones, end with `RequestError.Code.engineDead` until
/// `shutdown`.
package final class EngineLoop: Sendable {
    package typealias Message = EngineCoreMessage

    private let inbox: Inbox<Message>
    private let thread: Mutex<OSThread?>

    /// Starts the thread. `makeCore` runs on it, so no other thread ever accesses the core. `started` is called there
    /// once; if `makeCore` throws, it gets the error and the loop is over. `publish` is called there after every step.
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

    /// Answers messages that arrived after the shutdown: requests end with an error, queries get the last statistics.
    private static func answer(
        _ messages: [Message], _ stats: SchedulerStats, _ publish: (consuming EngineCoreOutputs) -> Void
    ) {
        var outputs: [EngineCoreOutput] = []
        for message in messages {
            switch message {
            case .add(let request):
                outputs.append(EngineCoreOutput(id: request.id, finishReason: .error, error: .shutDown))
            case .stats(let body): body(stats)
            case .ready, .abort, .resetPrefixCache, .pause, .shutdown: break
            }
        }
        if !outputs.isEmpty {
            publish(EngineCoreOutputs(outputs: outputs, stats: stats, time: MonotonicClock.seconds))
        }
    }

    /// Submits a request. Throws `overloaded` if the inbox is full, and `engineDead` after the shutdown.
    package func add(_ request: EngineCoreRequest) throws(RequestError) {
        switch inbox.tryPush(.add(request)) {
        case .accepted: return
        case .full:
            throw RequestError(.overloaded, "\(inbox.capacity) requests are already queued; try again later")
        case .closed: throw .shutDown
        }
    }

    /// Marks requests as ready; see `EngineCoreRequest.isReady`. Call it after `add` has returned. Never refused.
    package func makeReady(_ ids: [RequestID]) { inbox.push(.ready(ids)) }

    /// Ends requests whose callers have gone. Never refused.
    package func abort(_ ids: [RequestID]) { inbox.push(.abort(ids)) }

    package func resetPrefixCache() { inbox.push(.resetPrefixCache) }

    /// Pauses or resumes the steps. Requests are still accepted during a pause.
    package func setPaused(_ isPaused: Bool) { inbox.push(.pause(isPaused)) }

    /// Calls `body` on the engine's thread with the current statistics. After the shutdown, returns false without
    /// calling it.
    @discardableResult package func stats(_ body: @escaping @Sendable (SchedulerStats) -> Void) -> Bool {
        inbox.push(.stats(body)) == .accepted
    }

    /// Asks the thread to end all requests and exit; returns at once.
    package func shutdown() { inbox.push(.shutdown) }

    /// Blocks until the thread has ended after `shutdown`. Must not be called on the engine's thread.
    package func join() {
        let thread = self.thread.withLock { $0.take() }
        if let thread { thread.join() }
    }
}
