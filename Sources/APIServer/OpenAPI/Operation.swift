import HTTPTypes
import Support

/// The description of a route in `/openapi.json`.
struct Operation: Sendable {
    enum Answer: Sendable {
        case json(Schema)
        /// JSON, or server-sent events if the request asks for a stream.
        case jsonOrEvents(Schema)
        case text(contentType: String)
        case empty
    }

    let summary: String
    var request: Schema?
    var query: [(name: String, schema: Schema)] = []
    var answer = Answer.json(.freeObject)
    /// Statuses other than 200, with their meaning.
    var errors: [Int: String] = [:]

    func json(of route: any Route, isGuarded: Bool) -> JSONObject {
        var operation: JSONObject = ["summary": .string(summary), "operationId": .string(Self.id(of: route))]
        let parameters =
            route.parameterNames.map { Self.parameter($0, "path", .nonEmptyString()) }
            + query.map { Self.parameter($0.name, "query", $0.schema) }
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let request {
            operation["requestBody"] = [
                "required": true, "content": ["application/json": ["schema": .object(request.json)]],
            ]
        }
        operation["responses"] = .object(responses(route, isGuarded: isGuarded))
        if isGuarded { operation["security"] = [["bearer": []]] }
        return operation
    }

    private static func id(of route: any Route) -> String {
        let words = route.path.split { !$0.isLetter && !$0.isNumber }
        return ([Substring(route.method.rawValue.lowercased())] + words).joined(separator: "_")
    }

    private static func parameter(_ name: String, _ place: String, _ schema: Schema) -> JSONValue {
        [
            "name": .string(name), "in": .string(place), "required": .bool(place == "path"),
            "schema": .object(schema.json),
        ]
    }

    private func responses(_ route: any Route, isGuarded: Bool) -> JSONObject {
        var responses: JSONObject = ["200": .object(success)]
        var errors = errors
        if request != nil || !query.isEmpty { errors[400] = "The request is invalid." }
        if request != nil {
            errors[404] = "The model does not exist."
            errors[408] = "The body did not arrive in time."
            errors[413] = "The body is too large."
            errors[503] = "The server is overloaded or shutting down."
        }
        if isGuarded { errors[401] = "The API key is missing or unknown." }
        let shape = Schema.reference(route.errorShape == .openAI ? "Error" : "AnthropicError")
        for (status, meaning) in errors.sorted(by: { $0.key < $1.key }) {
            responses[String(status)] = [
                "description": .string(meaning),
                "content": ["application/json": ["schema": .object(shape.json)]],
            ]
        }
        return responses
    }

    private var success: JSONObject {
        var success: JSONObject = ["description": "The answer."]
        switch answer {
        case .json(let schema): success["content"] = ["application/json": ["schema": .object(schema.json)]]
        case .jsonOrEvents(let schema):
            success["content"] = [
                "application/json": ["schema": .object(schema.json)],
                "text/event-stream": ["schema": .object(Schema.string.json)],
            ]
        case .text(let contentType):
            success["content"] = .object([contentType: ["schema": .object(Schema.string.json)]])
        case .empty: break
        }
        return success
    }
}
