import EngineTypes
import Support
import Synchronization
import Tokenization

/// The requests under way on the asynchronous side: routes a step's outputs to their readers, and records metrics.
final class OutputProcessor: Sendable {
    private struct State {
        var requests: [RequestID: RequestState] = [:]
        var stats = SchedulerStats()
        var isEngineDead = false
    }

    private let tokenizer: Tokenizer?
    private let metrics: EngineMetrics
    private let maxBlockCount: Int
    /// Requests under way at most.
    private let capacity: Int
    private let state = Mutex(State())

    init(tokenizer: Tokenizer?, metrics: EngineMetrics, maxBlockCount: Int, capacity: Int) {
        self.tokenizer = tokenizer
        self.metrics = metrics
        self.maxBlockCount = maxBlockCount
        self.capacity = capacity
    }

    var stats: SchedulerStats { state.withLock { $0.stats } }

    /// A request found the engine dead.
    var isEngineDead: Bool { state.withLock { $0.isEngineDead } }

    /// Throws `overloaded` where as many requests are under way as the engine takes.
    func add(_ request: EngineCoreRequest, parent: ParentRequest?) throws(RequestError) -> OutputCollector {
        let collector = OutputCollector()
        let new = RequestState(request, parent: parent, tokenizer: tokenizer, collector: collector)
        let isFull = state.withLock { state in
            guard state.requests.count < capacity else { return true }
            state.requests[request.id] = new
            return false
        }
        guard !isFull else {
            throw RequestError(.overloaded, "\(capacity) requests are running or waiting; try again later")
        }
        return collector
    }

    /// Forgets a request whose reader went away; false where it had ended already.
    func remove(_ id: RequestID, error: RequestError? = nil) -> Bool {
        guard let request = state.withLock({ $0.requests.removeValue(forKey: id) }) else { return false }
        if let error {
            metrics.recordEnd(.abort, at: MonotonicClock.seconds, request.timings)
            request.collector.fail(error)
        }
        return true
    }

    /// Requests whose readers have not had their end.
    var requestCount: Int { state.withLock { $0.requests.count } }

    /// Ends all requests where they are; their readers get what there is, with the reason `abort`.
    func endAll() -> [RequestID] {
        let time = MonotonicClock.seconds
        return state.withLock { state in
            for index in state.requests.values.indices {
                let output = state.requests.values[index].abort(at: time, metrics)
                state.requests.values[index].collector.push(output)
            }
            defer { state.requests.removeAll() }
            return Array(state.requests.keys)
        }
    }

    /// Delivers a step's outputs. Returns the requests that a stop text ended: the engine still runs them.
    func process(_ outputs: EngineCoreOutputs) -> [RequestID] {
        record(outputs.stats)
        return state.withLock { state in
            state.stats = outputs.stats
            var stopped: [RequestID] = []
            for core in outputs.outputs {
                if let error = core.error {
                    if error.code == .engineDead { state.isEngineDead = true }
                    guard let request = state.requests.removeValue(forKey: core.id) else { continue }
                    metrics.recordEnd(.error, at: outputs.time, request.timings)
                    request.collector.fail(error)
                    continue
                }
                guard let index = state.requests.index(forKey: core.id) else { continue }
                let output = state.requests.values[index].process(core, at: outputs.time, metrics)
                state.requests.values[index].collector.push(output)
                guard output.isFinished else { continue }
                state.requests.remove(at: index)
                if core.finishReason == nil { stopped.append(core.id) }
            }
            return stopped
        }
    }

    func record(_ stats: SchedulerStats) { metrics.record(stats, maxBlockCount: maxBlockCount) }
}
