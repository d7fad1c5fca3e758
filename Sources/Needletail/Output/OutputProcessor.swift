package import EngineTypes
import Support
import Synchronization
package import Tokenization

/// The requests under way on the asynchronous side: routes a step's outputs to their readers, and records metrics. Its
/// lock is for routing alone; each request's text is made under a lock of that request.
package final class OutputProcessor: Sendable {
    private struct Routes {
        var requests: [RequestID: TrackedRequest] = [:]
        var stats = SchedulerStats()
    }

    private let tokenizer: Tokenizer?
    private let metrics: EngineMetrics
    private let maxBlockCount: Int
    private let routes = Mutex(Routes())
    private let hasDeadEngine = Atomic<Bool>(false)

    package init(tokenizer: Tokenizer?, metrics: EngineMetrics, maxBlockCount: Int) {
        self.tokenizer = tokenizer
        self.metrics = metrics
        self.maxBlockCount = maxBlockCount
    }

    var stats: SchedulerStats { routes.withLock { $0.stats } }

    /// A request found the engine dead.
    var isEngineDead: Bool { hasDeadEngine.load(ordering: .relaxed) }

    /// `places`: held until the request has ended.
    package func add(
        _ request: EngineCoreRequest, stops: StopTexts?, parent: ParentRequest?, places: [RequestPlace] = []
    ) -> OutputCollector {
        let state = RequestState(request, stops: stops, parent: parent, tokenizer: tokenizer)
        let new = TrackedRequest(state, places: places, metrics: metrics)
        routes.withLock { $0.requests[request.id] = new }
        return new.collector
    }

    /// Forgets a request whose reader went away; false where it had ended already.
    package func remove(_ id: RequestID, error: RequestError? = nil) -> Bool {
        guard let request = routes.withLock({ $0.requests.removeValue(forKey: id) }) else { return false }
        guard let error else { return true }
        return request.fail(error, .abort, at: MonotonicClock.seconds)
    }

    /// Requests whose readers have not had their end.
    package var requestCount: Int { routes.withLock { $0.requests.count } }

    /// Ends all requests where they are; their readers get what there is, with the reason `abort`.
    package func endAll() -> [RequestID] {
        let requests = routes.withLock { routes in
            defer { routes.requests.removeAll() }
            return routes.requests
        }
        let time = MonotonicClock.seconds
        for request in requests.values { request.abort(at: time) }
        return Array(requests.keys)
    }

    /// Delivers a step's outputs. Returns the requests that a stop text ended: the engine still runs them.
    package func process(_ outputs: EngineCoreOutputs) -> [RequestID] {
        record(outputs.stats)
        let requests = routes.withLock { routes in
            routes.stats = outputs.stats
            return outputs.outputs.map { routes.requests[$0.id] }
        }
        var stopped: [RequestID] = []
        for (core, request) in zip(outputs.outputs, requests) {
            if core.error?.code == .engineDead { hasDeadEngine.store(true, ordering: .relaxed) }
            let isStopped = request?.process(core, at: outputs.time) { forget(core.id) }
            if isStopped ?? false { stopped.append(core.id) }
        }
        return stopped
    }

    private func forget(_ id: RequestID) { routes.withLock { _ = $0.requests.removeValue(forKey: id) } }

    func record(_ stats: SchedulerStats) { metrics.record(stats, maxBlockCount: maxBlockCount) }
}
