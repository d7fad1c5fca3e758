import EngineTypes
import HTTPTypes
import Needletail
import Support

/// `POST /detokenize`: the text of token ids.
struct Detokenize: Route {
    let method = HTTPRequest.Method.post
    let path = "/detokenize"
    let operation = Operation(
        summary: "Convert token ids to text.", request: RequestSchemas.detokenize,
        answer: .json(.object(["prompt": .string], required: ["prompt"])))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        let text = try await request.prepare { fields in
            let client = try services.models.resolve(fields.string("model")).client
            guard let ids = try fields.tokenIDs("tokens") else { throw RequestError.invalid("tokens", "is missing") }
            return try client.input.text(of: ids)
        }
        return .json(["prompt": .string(text)])
    }
}
