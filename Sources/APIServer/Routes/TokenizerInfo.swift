import EngineTypes
import HTTPTypes
import Needletail
import Support

/// `GET /tokenizer_info`: what the tokenizer is and how it renders conversations; behind
/// `--enable-tokenizer-info-endpoint`, as the chat template may be private.
struct TokenizerInfo: Route {
    let path = "/tokenizer_info"
    let operation = Operation(
        summary: "The tokenizer's configuration.", query: [("model", .string)],
        errors: [404: "There is no such model."])

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        let client = try services.models.resolve(request.query.string("model")).client
        guard let tokenizer = client.input.tokenizer else {
            throw RequestError(.notFound, "no tokenizer is loaded")
        }
        return .json(tokenizer.info)
    }
}
