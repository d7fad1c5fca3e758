import Benchmarking
import Support
import Testing

@Suite struct ReportTests {
    @Test func `the latency report equals vLLM's`() {
        let result = LatencyResult(latencies: [0.5, 0.25, 1, 0.75])
        let expected = """
            Avg latency: 0.625 seconds
            10% percentile latency: 0.325 seconds
            25% percentile latency: 0.4375 seconds
            50% percentile latency: 0.625 seconds
            75% percentile latency: 0.8125 seconds
            90% percentile latency: 0.925 seconds
            99% percentile latency: 0.9924999999999999 seconds

            """
        #expect(result.text == expected)
        #expect(result.json["avg_latency"] == 0.625)
        #expect(result.json["latencies"] == [0.5, 0.25, 1.0, 0.75])
        #expect(result.json["percentiles"]?["75"] == 0.8125)
    }

    @Test func `the throughput report equals vLLM's`() {
        let result = ThroughputResult(elapsed: 2.5, requestCount: 5, promptTokenCount: 160, outputTokenCount: 80)
        let expected = """
            Throughput: 2.00 requests/s, 96.00 total tokens/s, 32.00 output tokens/s
            Total num prompt tokens:  160
            Total num output tokens:  80

            """
        #expect(result.text == expected)
        #expect(result.json["tokens_per_second"]?.doubleValue == 96)
        #expect(result.json["num_requests"] == 5)
    }

    @Test(arguments: [
        (1.005, 1, "1.0"), (0.996, 2, "1.00"), (-0.001, 2, "0.00"), (-1.25, 1, "-1.3"), (1234.5678, 2, "1234.57"),
        (3, 0, "3"), (.infinity, 2, "inf"), (0.05, 2, "0.05"),
    ])
    func `a decimal has the given number of places`(value: Double, places: Int, text: String) {
        #expect(Decimal.text(value, places: places) == text)
    }

    @Test func `a timestamp is the date and time without separators`() {
        #expect(Timestamp.text(secondsSince1970: 1_738_367_999) == "20250131-235959")
    }
}

@Suite struct ServingResultTests {
    /// Two requests that overlap by half a second, and one that failed.
    private func result() -> ServingResult {
        var first = RequestRecord(startTime: 10)
        for time in [10.1, 10.2, 10.5, 10.6] { first.sawToken(at: time) }
        first.promptTokenCount = 8
        first.outputTokenCount = 6
        var second = RequestRecord(startTime: 10.1)
        for time in [10.4, 11.2] { second.sawToken(at: time) }
        second.promptTokenCount = 12
        second.outputTokenCount = 2
        var third = RequestRecord(startTime: 10.2)
        third.error = "refused"
        var setup = ServingResult.Setup(
            date: "20250131-235959", endpointType: "openai", modelID: "m", arrivals: Arrivals(rate: 4))
        setup.maxConcurrency = 2
        setup.percents = [50, 99.9]
        setup.metrics = ServingMetric.allCases
        setup.goodput = [.ttft: 0.2]
        return ServingResult(setup: setup, records: [first, second, third], duration: 2)
    }

    @Test func `the serving report equals vLLM's`() {
        let expected = """
            ============ Serving Benchmark Result ============
            Successful requests:                     2
            Failed requests:                         1
            Maximum request concurrency:             2
            Request rate configured (RPS):           4.00
            Benchmark duration (s):                  2.00
            Total input tokens:                      20
            Total generated tokens:                  8
            Request throughput (req/s):              1.00
            Request goodput (req/s):                 0.50
            Output token throughput (tok/s):         4.00
            Peak output token throughput (tok/s):    7.00
            Peak concurrent requests:                2.00
            Total token throughput (tok/s):          14.00
            ---------------Time to First Token----------------
            Mean TTFT (ms):                          200.00
            Median TTFT (ms):                        200.00
            P50 TTFT (ms):                           200.00
            P99.9 TTFT (ms):                         299.80
            -----Time per Output Token (excl. 1st token)------
            Mean TPOT (ms):                          450.00
            Median TPOT (ms):                        450.00
            P50 TPOT (ms):                           450.00
            P99.9 TPOT (ms):                         799.30
            ---------------Inter-token Latency----------------
            Mean ITL (ms):                           325.00
            Median ITL (ms):                         200.00
            P50 ITL (ms):                            200.00
            P99.9 ITL (ms):                          798.50
            ----------------End-to-end Latency----------------
            Mean E2EL (ms):                          850.00
            Median E2EL (ms):                        850.00
            P50 E2EL (ms):                           850.00
            P99.9 E2EL (ms):                         1099.50
            ==================================================
            """
        let lines = result().text.split(separator: "\n").map(String.init)
        #expect(lines.map(withoutTrailingSpaces) == expected.split(separator: "\n").map(String.init))
        // vLLM pads values to ten columns; none here is longer.
        #expect(lines.filter { $0.contains(":") }.allSatisfy { $0.count == 51 })
    }

    @Test func `the JSON has vLLM's keys in vLLM's order`() {
        let json = result().json(isDetailed: false)
        let keys = [
            "date", "endpoint_type", "backend", "label", "model_id", "tokenizer_id", "num_prompts", "request_rate",
            "burstiness", "max_concurrency", "duration", "completed", "failed", "total_input_tokens",
            "total_output_tokens", "request_throughput", "request_goodput", "output_throughput",
            "total_token_throughput", "max_output_tokens_per_s", "max_concurrent_requests",
        ]
        let latencies = ["ttft", "tpot", "itl", "e2el"].flatMap { name in
            ["mean", "median", "std", "p50", "p99.9"].map { "\($0)_\(name)_ms" }
        }
        #expect(json.objectValue?.keys == keys + latencies)
        #expect(json["request_rate"]?.doubleValue == 4)
        #expect(json["num_prompts"] == 3)
        #expect(json["completed"] == 2)
        #expect(json["median_itl_ms"]?.doubleValue.map { ($0 - 200).magnitude < 1e-6 } == true)
    }

    @Test func `details keep the order of the requests`() {
        let json = result().json(isDetailed: true)
        #expect(json["errors"] == ["", "", "refused"])
        #expect(json["input_lens"] == [8, 12, 0])
        #expect(json["output_lens"] == [6, 2, 0])
        #expect(json["itls"]?[0]?.arrayValue?.count == 3)
        #expect(json["ttfts"]?.arrayValue?.count == 3)
    }

    private func withoutTrailingSpaces(_ line: String) -> String {
        String(line.reversed().drop { $0 == " " }.reversed())
    }
}
