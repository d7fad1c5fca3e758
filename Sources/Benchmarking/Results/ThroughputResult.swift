package import Support

/// The measurements of a batch of requests that all arrive at the start.
package struct ThroughputResult: Hashable, Sendable {
    /// Seconds from the start to the last answer.
    package var elapsed: Double
    package var requestCount: Int
    package var promptTokenCount: Int
    package var outputTokenCount: Int

    package init(elapsed: Double, requestCount: Int, promptTokenCount: Int, outputTokenCount: Int) {
        self.elapsed = elapsed
        self.requestCount = requestCount
        self.promptTokenCount = promptTokenCount
        self.outputTokenCount = outputTokenCount
    }

    private var tokenCount: Int { promptTokenCount + outputTokenCount }

    private func perSecond(_ count: Int) -> Double { elapsed > 0 ? Double(count) / elapsed : 0 }

    /// The report in vLLM's words.
    package var text: String {
        func rate(_ count: Int) -> String { Decimal.text(perSecond(count), places: 2) }
        return """
            Throughput: \(rate(requestCount)) requests/s, \(rate(tokenCount)) total tokens/s, \
            \(rate(outputTokenCount)) output tokens/s
            Total num prompt tokens:  \(promptTokenCount)
            Total num output tokens:  \(outputTokenCount)

            """
    }

    package var json: JSONValue {
        [
            "elapsed_time": .double(elapsed), "num_requests": .integer(requestCount),
            "total_num_tokens": .integer(tokenCount), "total_prompt_tokens": .integer(promptTokenCount),
            "total_output_tokens": .integer(outputTokenCount), "requests_per_second": .double(perSecond(requestCount)),
            "tokens_per_second": .double(perSecond(tokenCount)),
            "output_tokens_per_second": .double(perSecond(outputTokenCount)),
        ]
    }
}
