package import EngineTypes
import Support
import Synchronization
package import Tokenization

/// Routes the outputs of a step to their readers, and records metrics. Its lock covers routing only; the text of each
/// request is made under a lock of its own.
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

    /// Whether a request found the engine dead.
    var isEngineDead: Bool { hasDeadEngine.load(ordering: .relaxed) }

    /// Adds a request and returns its collector. `places`: held until the request has ended.
    package func add(
        _ request: EngineCoreRequest, stops: StopTexts?, parent: ParentRequest?, places: [RequestPlace] = []
    ) -> OutputCollector {
        let state = RequestState(request, stops: stops, parent: parent, tokenizer: tokenizer)
        let new = TrackedRequest(state, places: places, metrics: metrics)
        routes.withLock { $0.requests[request.id] = new }
        return new.collector
    }

    /// Removes a request whose reader went away; false if it had ended already.
    package func remove(_ id: RequestID, error: RequestError? = nil) -> Bool {
        guard let request = routes.withLock({ $0.requests.removeValue(forKey: id) }) else { return false }
        guard let error else { return true }
        return request.fail(error, .abort, at: MonotonicClock.seconds)
    }

    /// Number of requests that have not ended.
    package var requestCount: Int { routes.withLock { $0.requests.count } }

    /// Ends all requests with the reason `abort` and the output so far. Returns their ids.
    package func endAll() -> [RequestID] {
        let requests = routes.withLock { routes in
            defer { routes.requests.removeAll() }
            return routes.requests
        }
        let time = MonotonicClock.seconds
        for request in requests.values { request.abort(at: time) }
        return Array(requests.keys)
    }

    /// Delivers the outputs of a step. Returns the requests that a stop string ended, which the engine still runs.
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
