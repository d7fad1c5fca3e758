/// A client's measurements of one streamed request; times are in seconds.
package struct RequestRecord: Hashable, Sendable {
    /// Time at which the request was sent, on the client's clock.
    package var startTime: Double
    /// Time from sending to the first chunk with a token.
    package var timeToFirstToken = 0.0
    /// Times from each chunk with tokens to the next.
    package var interTokenLatencies: [Double] = []
    /// Time from sending to the last chunk with a token.
    package var latency = 0.0
    package var promptTokenCount = 0
    package var outputTokenCount = 0
    /// The reason for the failure; nil for a complete answer.
    package var error: String?

    package init(startTime: Double) { self.startTime = startTime }

    package var isSuccess: Bool { error == nil }

    /// Records a chunk with a token that arrived at `time` on the client's clock.
    package mutating func sawToken(at time: Double) {
        let elapsed = time - startTime
        if chunkCount == 0 { timeToFirstToken = elapsed } else { interTokenLatencies.append(elapsed - latency) }
        latency = elapsed
        chunkCount += 1
    }

    /// Number of chunks with tokens so far.
    package private(set) var chunkCount = 0

    /// Seconds per token after the first; nil if there was none.
    var timePerOutputToken: Double? {
        outputTokenCount > 1 ? (latency - timeToFirstToken) / Double(outputTokenCount - 1) : nil
    }
}
