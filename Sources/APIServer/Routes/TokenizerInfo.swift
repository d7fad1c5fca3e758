import EngineTypes
import HTTPTypes
import Needletail
import Support

/// `GET /tokenizer_info`: the tokenizer's configuration and chat template. Served only with
/// `--enable-tokenizer-info-endpoint`, since the template may be private.
struct TokenizerInfo: Route {
    let path = "/tokenizer_info"
    let operation = Operation(
        summary: "Return the tokenizer's configuration.", query: [("model", .string)],
        errors: [404: "The model does not exist."])

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        let client = try services.models.resolve(request.query.string("model")).client
        guard let tokenizer = client.input.tokenizer else {
            throw RequestError(.notFound, "no tokenizer is loaded")
        }
        return .json(tokenizer.info)
    }
}
