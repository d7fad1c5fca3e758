import EngineTypes
import Needletail
import Support

/// An answer under construction, in the wire format of one route.
protocol GenerationAnswer: Sendable {
    /// The whole of it at once.
    mutating func whole(_ outputs: [RequestOutput]) -> JSONValue

    /// What a stream starts with, before the first token.
    var openingChunks: [JSONValue] { get }

    /// A chunk with what is new of one output; nil where there is nothing to say.
    mutating func chunk(_ index: Int, _ output: RequestOutput) -> JSONValue?

    /// What a stream ends with, after the last token.
    var closingChunks: [JSONValue] { get }

    var framing: EventFraming { get }

    /// For the log.
    var summary: String { get }
}

extension GenerationAnswer {
    var framing: EventFraming { .data }
}

extension RouteRequest {
    /// Answers with what is generated, whole or as events; the generation ends with the client.
    func respond(
        with answer: some GenerationAnswer, _ generation: Generation, _ stream: StreamOptions
    ) async throws -> RouteResponse {
        connection?.onClose { generation.cancel() }
        guard !stream.isStreamed else {
            return .events(
                AnswerEvents(answer: answer, generation: generation, interval: stream.interval, record: record))
        }
        var answer = answer
        let whole = answer.whole(try await generation.collect())
        record.say(answer.summary)
        return .json(whole)
    }
}

private struct AnswerEvents<Answer: GenerationAnswer>: EventSource {
    let answer: Answer
    let generation: Generation
    let interval: Int
    let record: RequestRecord

    var framing: EventFraming { answer.framing }

    @concurrent func send(to events: inout EventWriter) async throws {
        var answer = answer
        defer { record.say(answer.summary) }
        for chunk in answer.openingChunks { try await events.send(chunk) }
        var outputs = generation.makeReader(interval: interval)
        defer { outputs.stop() }
        while let (index, output) = try await outputs.next() {
            if let chunk = answer.chunk(index, output) { try await events.send(chunk) }
        }
        for chunk in answer.closingChunks { try await events.send(chunk) }
    }
}
