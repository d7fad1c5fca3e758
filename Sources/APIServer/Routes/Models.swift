import HTTPTypes
import Needletail
import Support

/// `GET /v1/models`: the served models.
struct Models: Route {
    let path = "/v1/models"
    let operation = Operation(summary: "List the served models.", answer: .json(AnswerSchemas.models))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        let cards = try services.models.names.map { name in
            let info = try services.models.resolve(name).client.info
            return [
                "id": .string(name), "object": "model", "created": .integer(services.startTime),
                "owned_by": "needletail", "root": .string(info.modelName), "parent": .null,
                "max_model_len": .integer(info.maxModelLength), "permission": [permission(name, services)],
                // Not in vLLM: lets a client generate valid token ids.
                "vocab_size": .integer(info.vocabularySize),
            ] as JSONValue
        }
        return .json(["object": "list", "data": .array(cards)])
    }

    /// The `permission` entry of a model, which older clients read.
    private func permission(_ name: String, _ services: ServerServices) -> JSONValue {
        [
            "id": .string("modelperm-" + name), "object": "model_permission",
            "created": .integer(services.startTime), "allow_create_engine": false, "allow_sampling": true,
            "allow_logprobs": true, "allow_search_indices": false, "allow_view": true, "allow_fine_tuning": false,
            "organization": "*", "group": .null, "is_blocking": false,
        ]
    }
}
