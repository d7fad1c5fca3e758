/// A latency that `bench serve` reports, under vLLM's short names.
package enum ServingMetric: String, Sendable, CaseIterable {
    case ttft, tpot, itl, e2el

    /// In report lines.
    var abbreviation: String { rawValue.uppercased() }

    /// Above its lines in the report.
    var title: String {
        switch self {
        case .ttft: "Time to First Token"
        case .tpot: "Time per Output Token (excl. 1st token)"
        case .itl: "Inter-token Latency"
        case .e2el: "End-to-end Latency"
        }
    }

    /// The values of requests that succeeded, in seconds: one each, or one a gap between chunks.
    func values(_ records: [RequestRecord]) -> [Double] {
        switch self {
        case .ttft: records.map(\.timeToFirstToken)
        case .tpot: records.compactMap(\.timePerOutputToken)
        case .itl: records.flatMap(\.interTokenLatencies)
        case .e2el: records.map(\.latency)
        }
    }

    /// What a request is measured by where it must be within a limit; nil where that has no meaning.
    func value(of record: RequestRecord) -> Double? {
        switch self {
        case .ttft: record.timeToFirstToken
        case .tpot: record.timePerOutputToken ?? 0
        case .itl: nil
        case .e2el: record.latency
        }
    }
}
