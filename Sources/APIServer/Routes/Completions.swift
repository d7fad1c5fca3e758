import EngineTypes
import HTTPTypes
import Needletail
import Support

/// `POST /v1/completions`.
struct Completions: InvocationRoute {
    static let invocationField = "prompt"
    let method = HTTPRequest.Method.post
    let path = "/v1/completions"
    let countsAsLoad = true
    let operation = Operation(
        summary: "Continue texts.", request: RequestSchemas.completion, answer: .jsonOrEvents(AnswerSchemas.completion))

    func respond(to request: RouteRequest, _ fields: Fields, _ services: ServerServices) async throws -> RouteResponse {
        let (name, client) = try services.models.resolve(fields.string("model"))
        let wanted = try CompletionRequest(fields, client, services.options)
        let generation = try Generation(client, prompts: wanted.prompts, wanted.common)
        return try await request.respond(
            with: CompletionAnswer(wanted, client, model: name, services.options), generation,
            wanted.common.stream)
    }
}
