import EngineTypes
package import Metrics
import Synchronization

/// Records the metrics of one model under vLLM's names through swift-metrics; without a backend they go nowhere.
package final class EngineMetrics: Sendable {
    private let running, waiting, waitingForCapacity, waitingDeferred, cacheUsage: Gauge
    private let prefixQueries, prefixHits, preemptions: Counter
    private let rejections: [RequestPlaces.Limit: Counter]
    private let promptTokens, cachedTokens, computedTokens, hitTokens, generationTokens: Counter
    private let finished: [FinishReason: Counter]
    private let promptLength, outputLength, maxOutputLength, choices, maxTokens, computedPrompt, iteration: Recorder
    private let firstToken, interToken, timePerToken, endToEnd, queue, inference, prefill, decode: Recorder
    private let last = Mutex(SchedulerStats())

    /// The definitions of all metrics, for a backend that needs them before the metrics are created.
    package static func definitions(maxModelLength: Int) -> [MetricDefinition] {
        let lengths = Buckets.oneTwoFive(upTo: maxModelLength)
        return [
            .gauge("num_requests_running", "Number of running requests."),
            .gauge("num_requests_waiting", "Number of waiting requests, including preempted ones."),
            .gauge("num_requests_waiting_by_reason", "Number of waiting requests by reason."),
            .gauge("engine_sleep_state", "Sleep state of the engine: 1 for the current state, 0 for the others."),
            .gauge("kv_cache_usage_perc", "Used fraction of the key-value cache at its maximum size; 1 is full."),
            .gauge("cache_config_info", "The key-value cache's configuration, as labels."),
            .counter("prefix_cache_queries", "Tokens looked up in the prefix cache."),
            .counter("prefix_cache_hits", "Tokens found in the prefix cache."),
            .counter("num_preemptions", "Number of preemptions."),
            .counter("admission_rejections", "Calls refused because too many requests were under way, by limit."),
            .counter("prompt_tokens", "Prompt tokens processed."),
            .counter("prompt_tokens_by_source", "Prompt tokens by the source of their keys and values."),
            .counter("prompt_tokens_cached", "Prompt tokens found in the prefix cache."),
            .counter("generation_tokens", "Generated tokens."),
            .counter("request_success", "Finished requests by finish reason."),
            .histogram("request_prompt_tokens", lengths, "Prompt tokens per request."),
            .histogram("request_generation_tokens", lengths, "Output tokens per request."),
            .histogram("request_max_num_generation_tokens", lengths, "Output tokens of a prompt's longest output."),
            .histogram("request_params_n", Buckets.choices, "Outputs requested per prompt."),
            .histogram("request_params_max_tokens", lengths, "Maximum output tokens per request."),
            .histogram("request_prefill_kv_computed_tokens", lengths, "Prompt tokens computed per request."),
            .histogram("iteration_tokens_total", Buckets.iteration, "Tokens per step."),
            .histogram("time_to_first_token_seconds", Buckets.firstToken, "Seconds from arrival to the first token."),
            .histogram("inter_token_latency_seconds", Buckets.token, "Seconds between successive tokens of a request."),
            .histogram(
                "request_time_per_output_token_seconds", Buckets.token, "Decode seconds per token after the first."),
            .histogram("e2e_request_latency_seconds", Buckets.latency, "Seconds from arrival to the end."),
            .histogram("request_queue_time_seconds", Buckets.latency, "Seconds from arrival to the first step."),
            .histogram("request_inference_time_seconds", Buckets.latency, "Seconds from the first step to the end."),
            .histogram(
                "request_prefill_time_seconds", Buckets.latency, "Seconds from the first step to the first token."),
            .histogram("request_decode_time_seconds", Buckets.latency, "Seconds from the first token to the last."),
        ]
    }

    package init(_ info: EngineInfo, factory: any MetricsFactory) {
        if let registry = factory as? any MetricRegistry {
            for definition in Self.definitions(maxModelLength: info.maxModelLength) { registry.define(definition) }
        }
        let labels = [("model_name", info.servedName), ("engine", "0")]
        func counter(_ name: String, _ more: [(String, String)] = []) -> Counter {
            Counter(label: "vllm:" + name, dimensions: labels + more, factory: factory)
        }
        func gauge(_ name: String, _ more: [(String, String)] = []) -> Gauge {
            Gauge(label: "vllm:" + name, dimensions: labels + more, factory: factory)
        }
        func histogram(_ name: String) -> Recorder {
            Recorder(label: "vllm:" + name, dimensions: labels, aggregate: true, factory: factory)
        }
        running = gauge("num_requests_running")
        waiting = gauge("num_requests_waiting")
        waitingForCapacity = gauge("num_requests_waiting_by_reason", [("reason", "capacity")])
        waitingDeferred = gauge("num_requests_waiting_by_reason", [("reason", "deferred")])
        // This engine never sleeps.
        for (state, value) in [("awake", 1), ("weights_offloaded", 0), ("discard_all", 0)] {
            gauge("engine_sleep_state", [("sleep_state", state)]).record(value)
        }
        cacheUsage = gauge("kv_cache_usage_perc")
        gauge(
            "cache_config_info",
            [
                ("block_size", String(info.blockSize)), ("num_gpu_blocks", String(info.maxBlockCount)),
                ("enable_prefix_caching", info.cachesPrefixes ? "True" : "False"),
            ]
        ).record(1)
        prefixQueries = counter("prefix_cache_queries")
        prefixHits = counter("prefix_cache_hits")
        preemptions = counter("num_preemptions")
        // Without the label of the engine, as in vLLM: calls are refused before an engine is chosen.
        rejections = Dictionary(
            uniqueKeysWithValues: RequestPlaces.Limit.allCases.map { limit in
                let labels = [("model_name", info.servedName), ("reason", limit.rawValue)]
                return (limit, Counter(label: "vllm:admission_rejections", dimensions: labels, factory: factory))
            })
        promptTokens = counter("prompt_tokens")
        cachedTokens = counter("prompt_tokens_cached")
        computedTokens = counter("prompt_tokens_by_source", [("source", "local_compute")])
        hitTokens = counter("prompt_tokens_by_source", [("source", "local_cache_hit")])
        generationTokens = counter("generation_tokens")
        finished = Dictionary(
            uniqueKeysWithValues: FinishReason.allCases.map {
                ($0, counter("request_success", [("finished_reason", $0.rawValue)]))
            })
        promptLength = histogram("request_prompt_tokens")
        outputLength = histogram("request_generation_tokens")
        maxOutputLength = histogram("request_max_num_generation_tokens")
        choices = histogram("request_params_n")
        maxTokens = histogram("request_params_max_tokens")
        computedPrompt = histogram("request_prefill_kv_computed_tokens")
        iteration = histogram("iteration_tokens_total")
        firstToken = histogram("time_to_first_token_seconds")
        interToken = histogram("inter_token_latency_seconds")
        timePerToken = histogram("request_time_per_output_token_seconds")
        endToEnd = histogram("e2e_request_latency_seconds")
        queue = histogram("request_queue_time_seconds")
        inference = histogram("request_inference_time_seconds")
        prefill = histogram("request_prefill_time_seconds")
        decode = histogram("request_decode_time_seconds")
    }
}

extension EngineMetrics {
    /// Records the numbers of the scheduler after a step, or when they are asked for.
    func record(_ stats: SchedulerStats, maxBlockCount: Int) {
        running.record(stats.runningCount)
        waiting.record(stats.waitingCount)
        waitingForCapacity.record(stats.waitingCount - stats.deferredCount)
        waitingDeferred.record(stats.deferredCount)
        cacheUsage.record(maxBlockCount == 0 ? 0 : Double(stats.usedBlockCount) / Double(maxBlockCount))
        let before = last.withLock { last in
            defer { last = stats }
            return last
        }
        prefixQueries.increment(by: max(0, stats.prefixCacheQueriedTokens - before.prefixCacheQueriedTokens))
        prefixHits.increment(by: max(0, stats.prefixCacheHitTokens - before.prefixCacheHitTokens))
        preemptions.increment(by: max(0, stats.preemptionCount - before.preemptionCount))
        let tokens = stats.scheduledTokenCount - before.scheduledTokenCount
        if tokens > 0 { iteration.record(tokens) }
    }

    /// Counts a call refused because too many requests were running or waiting.
    func recordRejection(_ limit: RequestPlaces.Limit) { rejections[limit]!.increment() }

    /// Records `count` new tokens of a request, the first ones if `timings` has none before.
    func recordTokens(_ count: Int, at time: Double, _ timings: inout RequestTimings) {
        generationTokens.increment(by: count)
        if let last = timings.lastToken {
            interToken.record(time - last)
        } else {
            timings.firstToken = time
            firstToken.record(time - timings.arrival)
            promptTokens.increment(by: timings.promptTokenCount)
            cachedTokens.increment(by: timings.cachedTokenCount)
            hitTokens.increment(by: timings.cachedTokenCount)
            computedTokens.increment(by: timings.promptTokenCount - timings.cachedTokenCount)
        }
        timings.lastToken = time
        timings.outputTokenCount += count
    }

    func recordEnd(_ reason: FinishReason, at time: Double, _ timings: RequestTimings) {
        finished[reason]?.increment()
        if let parent = timings.parent {
            if let most = parent.finishChoice(tokenCount: timings.outputTokenCount) {
                choices.record(parent.returnedCount)
                maxOutputLength.record(most)
            }
        } else {
            choices.record(1)
            maxOutputLength.record(timings.outputTokenCount)
        }
        promptLength.record(timings.promptTokenCount)
        outputLength.record(timings.outputTokenCount)
        maxTokens.record(timings.maxTokens)
        endToEnd.record(time - timings.arrival)
        guard let scheduled = timings.scheduled else { return }
        queue.record(scheduled - timings.arrival)
        inference.record(time - scheduled)
        guard let first = timings.firstToken, let last = timings.lastToken else { return }
        computedPrompt.record(timings.promptTokenCount - timings.cachedTokenCount)
        prefill.record(first - scheduled)
        decode.record(last - first)
        if timings.outputTokenCount > 1 {
            timePerToken.record((last - first) / Double(timings.outputTokenCount - 1))
        }
    }
}

/// The times of the phases of a request, on the monotonic clock, and its token counts.
struct RequestTimings: Sendable {
    let arrival: Double
    let promptTokenCount: Int
    let maxTokens: Int
    let parent: ParentRequest?
    var cachedTokenCount = 0
    var scheduled: Double?
    var firstToken: Double?
    var lastToken: Double?
    var outputTokenCount = 0

    /// The durations of the phases; nil for a request without a token.
    var output: OutputTimings? {
        guard let scheduled, let firstToken, let lastToken else { return nil }
        return OutputTimings(
            queued: scheduled - arrival, prefill: firstToken - scheduled, decode: lastToken - firstToken,
            outputTokenCount: outputTokenCount)
    }
}
