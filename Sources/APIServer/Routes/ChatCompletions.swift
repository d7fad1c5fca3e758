import EngineTypes
import HTTPTypes
import Needletail
import Support

/// `POST /v1/chat/completions`.
struct ChatCompletions: InvocationRoute {
    static let invocationField = "messages"
    let method = HTTPRequest.Method.post
    let path = "/v1/chat/completions"
    let countsAsLoad = true
    let operation = Operation(
        summary: "Answer a conversation.", request: RequestSchemas.chat, answer: .jsonOrEvents(AnswerSchemas.chat))

    func respond(to request: RouteRequest, _ fields: Fields, _ services: ServerServices) async throws -> RouteResponse {
        let (name, client) = try services.models.resolve(fields.string("model"))
        let wanted = try ChatCompletionRequest(fields, client, services.options)
        let generation = try Generation(client, prompts: [wanted.promptTokenIDs], wanted.common)
        return try await request.respond(
            with: ChatAnswer(wanted, client, model: name, services.options), generation,
            wanted.common.stream)
    }
}
