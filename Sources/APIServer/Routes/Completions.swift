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
        let wanted = try CompletionRequest(fields, client, services.options)
        let prompts = wanted.prompts
        return PreparedAnswer(
            answer: CompletionAnswer(wanted, client, model: name, services.options),
            generation: try Generation(client, prompts: prompts, wanted.common, for: caller),
            stream: wanted.common.stream)
    }
}
