/// What a client saw of one streamed request. Times are in seconds.
package struct RequestRecord: Hashable, Sendable {
    /// When it was sent, on the client's clock.
    package var startTime: Double
    /// From sending to the first chunk with a token.
    package var timeToFirstToken = 0.0
    /// From each chunk with tokens to the next.
    package var interTokenLatencies: [Double] = []
    /// From sending to the last chunk with a token.
    package var latency = 0.0
    package var promptTokenCount = 0
    package var outputTokenCount = 0
    /// Why it failed; nil for a whole answer.
    package var error: String?

    package init(startTime: Double) { self.startTime = startTime }

    package var isSuccess: Bool { error == nil }

    /// A chunk with a token came, `time` on the client's clock.
    package mutating func sawToken(at time: Double) {
        let elapsed = time - startTime
        if chunkCount == 0 { timeToFirstToken = elapsed } else { interTokenLatencies.append(elapsed - latency) }
        latency = elapsed
        chunkCount += 1
    }

    /// Chunks with tokens so far.
    package private(set) var chunkCount = 0

    /// Seconds a token after the first; nil where there was none.
    var timePerOutputToken: Double? {
        outputTokenCount > 1 ? (latency - timeToFirstToken) / Double(outputTokenCount - 1) : nil
    }
}
