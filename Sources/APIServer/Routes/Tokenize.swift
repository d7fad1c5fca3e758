import EngineTypes
import HTTPTypes
import Needletail
import Support
import Tokenization

/// `POST /tokenize`: the token ids of a text or of a rendered conversation.
struct Tokenize: Route {
    let method = HTTPRequest.Method.post
    let path = "/tokenize"
    let operation = Operation(
        summary: "Tokenise a text or a conversation.", request: RequestSchemas.tokenize,
        answer: .json(AnswerSchemas.tokens))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .json(try await request.prepare { fields in try answer(fields, services) })
    }

    private func answer(_ fields: Fields, _ services: ServerServices) throws -> JSONValue {
        let client = try services.models.resolve(fields.string("model")).client
        let wanted = try TokenizeRequest(fields, services.options)
        let ids = try client.input.prompts.prepare(wanted.prompt).tokenIDs
        let tokenizer = client.input.tokenizer?.tokenizer
        let texts: JSONValue =
            wanted.returnsTexts ? .array(ids.map { .string(tokenizer?.tokenText($0) ?? "") }) : .null
        return [
            "count": .integer(ids.count), "max_model_len": .integer(client.info.maxModelLength),
            "tokens": .array(ids.map { .integer(Int($0)) }), "token_strs": texts,
        ]
    }
}
