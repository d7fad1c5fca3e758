import EngineCore
import EngineTypes
import Metrics
import ModelRunner
import Support
import Synchronization

/// Runs requests concurrently on one model, as the asynchronous facade of the engine's thread.
package final class AsyncEngine: EngineClient {
    package let info: EngineInfo
    package let input: InputProcessor
    private let loop: EngineLoop
    private let output: OutputProcessor
    private let metrics: EngineMetrics
    private let outputThread: OutputThread
    private let seed: UInt64
    private let requestCount = Atomic<UInt64>(0)
    private let admission = Admission()
    private let places: RequestPlaces

    /// `makeCore` runs on the engine's thread, so that device state and first-touched memory belong to it.
    init(
        info: EngineInfo, input: InputProcessor, options: EngineOptions, metrics: any MetricsFactory,
        makeCore: sending @escaping () throws -> EngineCore<ModelRunner>
    ) {
        self.info = info
        self.input = input
        seed = options.seed
        let metrics = EngineMetrics(info, factory: metrics)
        let output = OutputProcessor(
            tokenizer: input.tokenizer?.tokenizer, metrics: metrics,
            maxBlockCount: info.maxBlockCount)
        places = RequestPlaces(capacity: info.maxRequestCount)
        let outputThread = OutputThread()
        let loop = EngineLoop(inboxCapacity: info.maxRequestCount, makeCore: makeCore) { outputThread.publish($0) }
        outputThread.start(output) { [loop] in loop.abort($0) }
        self.output = output
        self.metrics = metrics
        self.outputThread = outputThread
        self.loop = loop
    }

    deinit {
        loop.shutdown()
        loop.join()
        // Deliver what the engine has published, so that a stream which outlives the engine ends.
        outputThread.finish()
    }

    package var stats: SchedulerStats { output.stats }

    /// The current gauges and counters, from the engine's thread; after the shutdown, those of the last step.
    package func currentStats() async -> SchedulerStats {
        await withCheckedContinuation { continuation in
            if !loop.stats({ continuation.resume(returning: $0) }) { continuation.resume(returning: stats) }
        }
    }

    package func refreshMetrics() async { output.record(await currentStats()) }

    package func resetPrefixCache() { loop.resetPrefixCache() }

    package var isPaused: Bool { admission.isPaused }

    package func pause(_ mode: PauseMode) async {
        let pause = admission.pause(mode) {
            // Requests that an earlier pause holds up must first run to their end.
            if mode == .wait { loop.setPaused(false) }
        }
        switch mode {
        case .abort: loop.abort(output.endAll())
        case .wait:
            while admission.isCurrent(pause), admission.hasSearches || output.requestCount > 0 {
                try? await Task.sleep(for: .milliseconds(20))
            }
        case .keep: break
        }
        admission.ifCurrent(pause) { loop.setPaused(true) }
    }

    package func resume() { admission.resume { loop.setPaused(false) } }

    package var isHealthy: Bool { !output.isEngineDead }

    package func beginShutdown() { loop.shutdown() }

    package func admit(_ count: Int, isSearch: Bool, for caller: Caller?) throws(RequestError) -> AdmissionTicket {
        let places: [RequestPlace]
        do throws(RequestPlaces.Refusal) {
            places = try self.places.take(count, for: caller)
        } catch {
            metrics.recordRejection(error.limit)
            throw RequestError(.overloaded, error.message)
        }
        return AdmissionTicket(places: places, search: isSearch ? try admission.admitSearch() : nil)
    }

    package func generate(
        _ tokenIDs: [TokenID], _ prepared: PreparedSampling, _ context: RequestMetadata
    ) throws(RequestError) -> RequestStream {
        try admission.check(context.ticket?.search)
        let ticket =
            if let ticket = context.ticket { ticket } else {
                try admit(1, isSearch: false, for: context.caller)
            }
        let number = requestCount.wrappingAdd(1, ordering: .relaxed).newValue
        var request = try input.request(
            tokenIDs, prepared, id: RequestID(number), seed: CounterRandom(seed: seed).word(at: number),
            arrivalTime: MonotonicClock.seconds, context: context)
        request.leader = context.parent?.leader(of: request.id)
        let collector = try enqueue(request, prepared, context.parent, ticket.places)
        return RequestStream(collector: collector) { [output, loop, id = request.id] in
            let cancelled = RequestError(.cancelled, "the request was cancelled")
            if output.remove(id, error: cancelled) { loop.abort([id]) }
        }
    }

    /// Hands a request to the engine's thread. A refused request leaves no trace except in the count of requests.
    private func enqueue(
        _ request: EngineCoreRequest, _ prepared: PreparedSampling, _ parent: ParentRequest?, _ places: [RequestPlace]
    ) throws(RequestError) -> OutputCollector {
        let collector = output.add(request, stops: prepared.stops, parent: parent, places: places)
        do throws(RequestError) {
            try loop.add(request)
            return collector
        } catch {
            _ = output.remove(request.id)
            throw error
        }
    }

    /// Tokenises a prompt and starts one output.
    package func generate(_ prompt: Prompt, _ sampling: SamplingParams) throws(RequestError) -> RequestStream {
        try generate(input.prompts.tokenIDs(of: prompt), sampling)
    }

    /// Ends all requests, stops the engine's thread and waits for it.
    package func shutdown() {
        loop.shutdown()
        loop.join()
    }
}
