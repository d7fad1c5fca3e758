extension ServingResult {
    /// The readable report, line by line as vLLM prints it.
    package var text: String {
        var lines = ReportLines()
        lines.title(" Serving Benchmark Result ", rule: "=")
        addCounts(&lines)
        addThroughputs(&lines)
        for metric in setup.metrics { add(metric, &lines) }
        lines.title("", rule: "=")
        return lines.text
    }

    private func addCounts(_ lines: inout ReportLines) {
        lines.line("Successful requests:", completed)
        lines.line("Failed requests:", failed)
        if let limit = setup.maxConcurrency { lines.line("Maximum request concurrency:", limit) }
        if setup.arrivals.rate.isFinite { lines.line("Request rate configured (RPS):", setup.arrivals.rate) }
        lines.line("Benchmark duration (s):", duration)
        lines.line("Total input tokens:", inputTokenCount)
        lines.line("Total generated tokens:", outputTokenCount)
    }

    private func addThroughputs(_ lines: inout ReportLines) {
        lines.line("Request throughput (req/s):", perSecond(completed))
        if let good = goodRequestThroughput { lines.line("Request goodput (req/s):", good) }
        lines.line("Output token throughput (tok/s):", perSecond(outputTokenCount))
        lines.line("Peak output token throughput (tok/s):", peakOutputThroughput)
        lines.line("Peak concurrent requests:", Double(peakConcurrency))
        lines.line("Total token throughput (tok/s):", perSecond(inputTokenCount + outputTokenCount))
    }

    private func add(_ metric: ServingMetric, _ lines: inout ReportLines) {
        let statistics = statistics(metric)
        let unit = "\(metric.abbreviation) (ms):"
        lines.title(metric.title, rule: "-")
        lines.line("Mean \(unit)", statistics.mean * 1000)
        lines.line("Median \(unit)", statistics.median * 1000)
        for percent in setup.percents {
            lines.line("P\(Statistics.name(percent)) \(unit)", statistics.percentile(percent) * 1000)
        }
    }
}
