/// A latency that `bench serve` reports, under vLLM's short names.
package enum ServingMetric: String, Sendable, CaseIterable {
    case ttft, tpot, itl, e2el

    /// The name of the metric in report lines.
    var abbreviation: String { rawValue.uppercased() }

    /// The title above its lines in the report.
    var title: String {
        switch self {
        case .ttft: "Time to First Token"
        case .tpot: "Time per Output Token (excl. 1st token)"
        case .itl: "Inter-token Latency"
        case .e2el: "End-to-end Latency"
        }
    }

    /// The values of successful requests in seconds: one per request, for `itl` one per gap between chunks.
    func values(_ records: [RequestRecord]) -> [Double] {
        switch self {
        case .ttft: records.map(\.timeToFirstToken)
        case .tpot: records.compactMap(\.timePerOutputToken)
        case .itl: records.flatMap(\.interTokenLatencies)
        case .e2el: records.map(\.latency)
        }
    }

    /// The value that a goodput limit applies to; nil for a metric that cannot have a limit.
    func value(of record: RequestRecord) -> Double? {
        switch self {
        case .ttft: record.timeToFirstToken
        case .tpot: record.timePerOutputToken ?? 0
        case .itl: nil
        case .e2el: record.latency
        }
    }
}
