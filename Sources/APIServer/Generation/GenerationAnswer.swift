import EngineTypes
import Needletail
import Support

/// An answer under construction, in the wire format of one route.
protocol GenerationAnswer: Sendable {
    /// Returns the complete answer.
    mutating func whole(_ outputs: [RequestOutput]) -> JSONValue

    /// Chunks that begin a stream, before the first token.
    var openingChunks: [JSONValue] { get }

    /// Returns a chunk with the new part of one output; nil if there is nothing to send.
    mutating func chunk(_ index: Int, _ output: RequestOutput) -> JSONValue?

    /// Chunks that end a stream, after the last token.
    var closingChunks: [JSONValue] { get }

    var framing: EventFraming { get }

    /// The answer's id and token counts, for the log.
    var summary: String { get }
}

extension GenerationAnswer {
    var framing: EventFraming { .data }
}

/// A request whose generation has started and whose answer is yet to be built.
struct PreparedAnswer: Sendable {
    let answer: any GenerationAnswer
    let generation: Generation
    let stream: StreamOptions
}

extension RouteRequest {
    func respond(with prepared: PreparedAnswer) async throws -> RouteResponse {
        try await respond(with: prepared.answer, prepared.generation, prepared.stream)
    }

    /// Answers with the generated outputs, whole or as events. Cancels the generation if the client disconnects.
    func respond(
        with answer: some GenerationAnswer, _ generation: Generation, _ stream: StreamOptions
    ) async throws -> RouteResponse {
        connection?.onClose { generation.cancel() }
        guard !stream.isStreamed else {
            return .events(
                AnswerEvents(answer: answer, generation: generation, interval: stream.interval, record: record))
        }
        let outputs = try await generation.collect()
        let (whole, summary) = await workers.run(outputs.lane) {
            var answer = answer
            return (answer.whole(outputs), answer.summary)
        }
        record.say(summary)
        return .json(whole)
    }
}

private struct AnswerEvents<Answer: GenerationAnswer>: EventSource {
    let answer: Answer
    let generation: Generation
    let interval: Int
    let record: AccessRecord

    var framing: EventFraming { answer.framing }

    @concurrent func send(to events: inout EventWriter) async throws {
        var answer = answer
        defer { record.say(answer.summary) }
        for chunk in answer.openingChunks { try await events.send(chunk) }
        var outputs = generation.makeReader(interval: interval)
        defer { outputs.stop() }
        while let (index, output) = try await outputs.next() {
            if let chunk = await answer.chunk(index, output, on: events.workers) { try await events.send(chunk) }
        }
        for chunk in answer.closingChunks { try await events.send(chunk) }
    }
}

extension GenerationAnswer {
    /// Returns the chunk. One with many log-probabilities is built on the pool's threads.
    fileprivate mutating func chunk(
        _ index: Int, _ output: RequestOutput, on workers: WorkPool
    ) async -> JSONValue? {
        guard [output].lane == .large else { return chunk(index, output) }
        let (chunk, answer) = await workers.run(.large) { [self] in
            var answer = self
            return (answer.chunk(index, output), answer)
        }
        self = answer
        return chunk
    }
}

extension [RequestOutput] {
    /// The lane on which an answer with these outputs is built.
    fileprivate var lane: WorkPool.Lane {
        let count = reduce(0) { $0 + $1.tokenIDs.count + Self.count($1.logprobs) + Self.count($1.promptLogprobs ?? []) }
        return count <= WorkPool.inlineCount ? .small : .large
    }

    /// Number of log-probabilities, estimated from the last position: all positions have about as many.
    private static func count(_ positions: [PositionLogprobs?]) -> Int {
        positions.count * ((positions.last??.top.count ?? 0) + 1)
    }
}
