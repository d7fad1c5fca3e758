import Needletail
import Support

extension OutputTimings {
    /// `metrics` of an answer: the first token of any output, and the means over all.
    static func json(_ outputs: [RequestOutput]) -> JSONValue {
        let all = outputs.compactMap(\.timings)
        guard !all.isEmpty else { return .null }
        func mean(_ values: [Double]) -> JSONValue {
            values.isEmpty ? .null : .double(values.reduce(0, +) / Double(values.count))
        }
        let seconds = all.map { $0.timeToFirstToken + $0.decode }.max() ?? 0
        let tokens = all.reduce(0) { $0 + $1.outputTokenCount }
        return [
            "time_to_first_token": .double(all.map(\.timeToFirstToken).min() ?? 0),
            "queue_time": mean(all.map(\.queued)),
            "prefill_time": mean(all.map(\.prefill)), "decode_time": mean(all.map(\.decode)),
            "mean_inter_token_latency": mean(all.compactMap(\.interTokenLatency)),
            "tokens_per_second": seconds > 0 ? .double(Double(tokens) / seconds) : .null,
        ]
    }
}
