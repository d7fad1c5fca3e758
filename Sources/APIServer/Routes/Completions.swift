import EngineTypes
import HTTPTypes
import Needletail
import Support

/// `POST /v1/completions`: OpenAI's completions.
struct Completions: InvocationRoute {
    static let invocationField = "prompt"
    let method = HTTPRequest.Method.post
    let path = "/v1/completions"
    let countsAsLoad = true
    let operation = Operation(
        summary: "Create completions of one or more prompts.", request: RequestSchemas.completion,
        answer: .jsonOrEvents(AnswerSchemas.completion))

    func prepare(_ fields: Fields, _ caller: Caller?, _ services: ServerServices) throws -> PreparedAnswer {
        let (name, client) = try services.models.resolve(fields.string("model"))
        var wanted = try CompletionRequest(fields, client.info, services.options)
        let prompts = try wanted.prompts.map { try client.input.prompts.prepare($0) }
        wanted.setDefaultMaxTokens(after: prompts, maxModelLength: client.info.maxModelLength)
        return PreparedAnswer(
            answer: CompletionAnswer(wanted, prompts, client, model: name, services.options),
            generation: try Generation(client, prompts: prompts, wanted.common, for: caller),
            stream: wanted.common.stream)
    }
}
