import HTTPTypes
import Needletail
import Support

/// The content of `/openapi.json`: the description of all routes (OpenAPI 3.1).
enum OpenAPIDocument {
    static func json(_ services: ServerServices) -> JSONValue {
        var paths = JSONObject()
        for route in services.routes {
            var item = paths[route.path]?.objectValue ?? JSONObject()
            let isGuarded = services.isGuarded(route)
            item[route.method.rawValue.lowercased()] = .object(route.operation.json(of: route, isGuarded: isGuarded))
            paths[route.path] = .object(item)
        }
        var document: JSONObject = [
            "openapi": "3.1.0", "info": ["title": "needletail", "version": .string(needletailVersion)],
            "paths": .object(paths),
            "components": [
                "schemas": .object(components),
                "securitySchemes": ["bearer": ["type": "http", "scheme": "bearer"]],
            ],
        ]
        if !services.options.rootPath.isEmpty {
            document["servers"] = [["url": .string(services.options.rootPath)]]
        }
        return .object(document)
    }

    private static var components: JSONObject {
        let schemas: KeyValuePairs<String, Schema> = [
            "Error": ErrorSchemas.openAI, "AnthropicError": ErrorSchemas.anthropic, "Usage": AnswerSchemas.usage,
            "Message": RequestSchemas.message, "Response": AnswerSchemas.response,
        ]
        var components = JSONObject()
        for (name, schema) in schemas { components[name] = .object(schema.json) }
        return components
    }
}

/// Schemas of errors, in the formats of the two APIs.
private enum ErrorSchemas {
    static let openAI = Schema.object(
        [
            "error": .object(
                [
                    "message": .string, "type": .string, "param": Schema.string.orNull, "code": .integer,
                ], required: ["message", "type", "param", "code"])
        ], required: ["error"])

    static let anthropic = Schema.object(
        [
            "type": .constant("error"),
            "error": .object(["type": .string, "message": .string], required: ["type", "message"]),
        ], required: ["type", "error"])
}
