import Needletail
import Support

extension OutputTimings {
    /// `metrics` of an answer: the time to the first token of any output, and means over all outputs.
    static func json(_ all: [OutputTimings], _ form: AnswerForm) -> JSONValue? {
        guard !all.isEmpty else { return nil }
        func mean(_ values: [Double]) -> JSONValue? {
            values.isEmpty ? nil : .double(1000 * values.reduce(0, +) / Double(values.count))
        }
        let seconds = all.map { $0.timeToFirstToken + $0.decode }.max() ?? 0
        let tokens = all.reduce(0) { $0 + $1.outputTokenCount }
        var metrics = JSONObject()
        form.add(
            [
                "time_to_first_token_ms": .double(1000 * (all.map(\.timeToFirstToken).min() ?? 0)),
                "queue_time_ms": mean(all.map(\.queued)), "prefill_time_ms": mean(all.map(\.prefill)),
                "generation_time_ms": mean(all.map(\.decode)),
                "mean_itl_ms": mean(all.compactMap(\.interTokenLatency)),
                "tokens_per_second": seconds > 0 ? .double(Double(tokens) / seconds) : nil,
                "speculative_decoding": nil,
            ], to: &metrics)
        return .object(metrics)
    }
}
