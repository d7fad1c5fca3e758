import EngineTypes
import HTTPTypes
import Needletail
import Support

/// `POST /v1/messages`: Anthropic's messages.
struct Messages: Route {
    let method = HTTPRequest.Method.post
    let path = "/v1/messages"
    let countsAsLoad = true
    let errorShape = ErrorShape.anthropic
    let operation = Operation(
        summary: "Create a message (Anthropic's API).", request: RequestSchemas.anthropic,
        answer: .jsonOrEvents(AnswerSchemas.anthropic))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        let (answer, generation, stream) = try await request.prepare { fields in
            let (name, client) = try services.models.resolve(fields.string("model"))
            let wanted = try MessagesRequest(fields, client.info, services.options)
            let prompt = try client.input.prompts.prepare(wanted.prompt)
            let generation = try Generation(client, prompts: [prompt], wanted.common, for: request.caller)
            return (MessagesAnswer(wanted, prompt, model: name), generation, wanted.common.stream)
        }
        return try await request.respond(with: answer, generation, stream)
    }
}

/// `POST /v1/messages/count_tokens`: the number of prompt tokens of a conversation.
struct CountTokens: Route {
    let method = HTTPRequest.Method.post
    let path = "/v1/messages/count_tokens"
    let errorShape = ErrorShape.anthropic
    let operation = Operation(
        summary: "Count the tokens of a conversation.", request: RequestSchemas.anthropicMessages,
        answer: .json(.object(["input_tokens": .integer], required: ["input_tokens"])))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        let count = try await request.prepare { fields in
            let client = try services.models.resolve(fields.string("model")).client
            let chat = try MessagesRequest.conversation(fields, services.options)
            return try client.input.prompts.prepare(PromptInput(.chat(chat))).tokenIDs.count
        }
        return .json(["input_tokens": .integer(count)])
    }
}
