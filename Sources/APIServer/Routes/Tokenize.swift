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
        let ids = try tokenIDs(fields, client.input, services.options)
        let tokenizer = client.input.tokenizer?.tokenizer
        let texts: JSONValue =
            try fields.bool("return_token_strs") ?? false
            ? .array(ids.map { .string(tokenizer?.tokenText($0) ?? "") }) : .null
        return [
            "count": .integer(ids.count), "max_model_len": .integer(client.info.maxModelLength),
            "tokens": .array(ids.map { .integer(Int($0)) }), "token_strs": texts,
        ]
    }

    private func tokenIDs(_ fields: Fields, _ input: InputProcessor, _ options: ServerOptions) throws -> [TokenID] {
        if fields["messages"] != nil {
            return try input.tokenIDs(
                of: ChatMessages.prompt(fields, variables: options.chatTemplateVariables),
                addSpecialTokens: fields.bool("add_special_tokens") ?? false)
        }
        guard let text = try fields.string("prompt") else {
            throw RequestError.invalid("prompt", "is missing; prompt or messages is required")
        }
        return try input.tokenIDs(of: text, addSpecialTokens: fields.bool("add_special_tokens") ?? true)
    }
}
