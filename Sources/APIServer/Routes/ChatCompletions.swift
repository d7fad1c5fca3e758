import EngineTypes
import HTTPTypes
import Needletail
import Support

/// `POST /v1/chat/completions`: OpenAI's chat completions.
struct ChatCompletions: InvocationRoute {
    static let invocationField = "messages"
    let method = HTTPRequest.Method.post
    let path = "/v1/chat/completions"
    let countsAsLoad = true
    let operation = Operation(
        summary: "Create a chat completion.", request: RequestSchemas.chat, answer: .jsonOrEvents(AnswerSchemas.chat))

    func prepare(_ fields: Fields, _ caller: Caller?, _ services: ServerServices) throws -> PreparedAnswer {
        let (name, client) = try services.models.resolve(fields.string("model"))
        let wanted = try ChatCompletionRequest(fields, client.info, services.options)
        let prompt = try client.input.prompts.prepare(wanted.prompt)
        return PreparedAnswer(
            answer: ChatAnswer(wanted, prompt, client, model: name, services.options),
            generation: try Generation(client, prompts: [prompt], wanted.common, for: caller),
            stream: wanted.common.stream)
    }
}
