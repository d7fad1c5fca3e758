package import Support

extension ServingResult {
    /// The result under vLLM's keys; `isDetailed` adds the measurements of each request.
    package func json(isDetailed: Bool) -> JSONValue {
        var result = setupJSON
        for (key, value) in totals.members { result[key] = value }
        for metric in setup.metrics {
            for (key, value) in latencies(metric).members { result[key] = value }
        }
        if isDetailed {
            for (key, value) in details.members { result[key] = value }
        }
        return .object(result)
    }

    private var setupJSON: JSONObject {
        let rate = setup.arrivals.rate
        return [
            "date": .string(setup.date), "endpoint_type": .string(setup.endpointType),
            "backend": .string(setup.endpointType), "label": .null, "model_id": .string(setup.modelID),
            "tokenizer_id": .null, "num_prompts": .integer(records.count),
            "request_rate": rate.isFinite ? .double(rate) : "inf", "burstiness": .double(setup.arrivals.burstiness),
            "max_concurrency": setup.maxConcurrency.map { .integer($0) } ?? .null,
        ]
    }

    private var totals: JSONObject {
        [
            "duration": .double(duration), "completed": .integer(completed), "failed": .integer(failed),
            "total_input_tokens": .integer(inputTokenCount), "total_output_tokens": .integer(outputTokenCount),
            "request_throughput": .double(perSecond(completed)),
            "request_goodput": goodRequestThroughput.map { .double($0) } ?? .null,
            "output_throughput": .double(perSecond(outputTokenCount)),
            "total_token_throughput": .double(perSecond(inputTokenCount + outputTokenCount)),
            "max_output_tokens_per_s": .double(peakOutputThroughput),
            "max_concurrent_requests": .integer(peakConcurrency),
        ]
    }

    private func latencies(_ metric: ServingMetric) -> JSONObject {
        let statistics = statistics(metric)
        let name = metric.rawValue
        var members: JSONObject = [
            "mean_\(name)_ms": .double(statistics.mean * 1000), "median_\(name)_ms": .double(statistics.median * 1000),
            "std_\(name)_ms": .double(statistics.standardDeviation * 1000),
        ]
        for percent in setup.percents {
            members["p\(Statistics.name(percent))_\(name)_ms"] = .double(statistics.percentile(percent) * 1000)
        }
        return members
    }

    private var details: JSONObject {
        func all(_ value: (RequestRecord) -> JSONValue) -> JSONValue { .array(records.map(value)) }
        return [
            "input_lens": all { .integer($0.promptTokenCount) },
            "output_lens": all { .integer($0.isSuccess ? $0.outputTokenCount : 0) },
            "ttfts": all { .double($0.timeToFirstToken) },
            "itls": all { .array($0.interTokenLatencies.map { .double($0) }) },
            "latencies": all { .double($0.latency) }, "start_times": all { .double($0.startTime) },
            "errors": all { .string($0.error ?? "") },
        ]
    }
}
