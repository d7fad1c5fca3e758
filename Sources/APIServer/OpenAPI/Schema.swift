import Support

/// A JSON Schema (2020-12), as OpenAPI 3.1 uses it.
struct Schema: Sendable {
    var json: JSONObject

    static let string = Schema(json: ["type": "string"])
    static let boolean = Schema(json: ["type": "boolean"])
    static let integer = Schema(json: ["type": "integer"])
    static let number = Schema(json: ["type": "number"])
    static let freeObject = Schema(json: ["type": "object"])

    static func integer(_ range: ClosedRange<Int>) -> Schema {
        Schema(json: ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)])
    }

    static func integer(from minimum: Int) -> Schema {
        Schema(json: ["type": "integer", "minimum": .integer(minimum)])
    }

    static func number(_ range: ClosedRange<Double>) -> Schema {
        Schema(json: ["type": "number", "minimum": .double(range.lowerBound), "maximum": .double(range.upperBound)])
    }

    static func number(above minimum: Double, upTo maximum: Double? = nil) -> Schema {
        var json: JSONObject = ["type": "number", "exclusiveMinimum": .double(minimum)]
        json["maximum"] = maximum.map { .double($0) }
        return Schema(json: json)
    }

    static func string(_ lengths: ClosedRange<Int>) -> Schema {
        Schema(
            json: [
                "type": "string", "minLength": .integer(lengths.lowerBound), "maxLength": .integer(lengths.upperBound),
            ])
    }

    static func nonEmptyString() -> Schema { Schema(json: ["type": "string", "minLength": 1]) }

    static func choice(_ names: [String]) -> Schema {
        Schema(json: ["type": "string", "enum": .array(names.map { .string($0) })])
    }

    static func choice<Value: RawRepresentable<String> & CaseIterable>(_ type: Value.Type) -> Schema {
        choice(Value.allCases.map(\.rawValue))
    }

    static func constant(_ value: JSONValue) -> Schema { Schema(json: ["const": value]) }

    static func array(_ items: Schema, minimum: Int = 0) -> Schema {
        var json: JSONObject = ["type": "array", "items": .object(items.json)]
        if minimum > 0 { json["minItems"] = .integer(minimum) }
        return Schema(json: json)
    }

    /// An object. Members other than those named are allowed and ignored.
    static func object(_ properties: KeyValuePairs<String, Schema>, required: [String] = []) -> Schema {
        var members = JSONObject()
        for (name, schema) in properties { members[name] = .object(schema.json) }
        var json: JSONObject = ["type": "object", "properties": .object(members)]
        if !required.isEmpty { json["required"] = .array(required.map { .string($0) }) }
        return Schema(json: json)
    }

    static func map(of values: Schema) -> Schema {
        Schema(json: ["type": "object", "additionalProperties": .object(values.json)])
    }

    static func any(_ schemas: Schema...) -> Schema {
        Schema(json: ["anyOf": .array(schemas.map { .object($0.json) })])
    }

    /// A reference to a schema among the document's components.
    static func reference(_ name: String) -> Schema { Schema(json: ["$ref": .string("#/components/schemas/\(name)")]) }

    var orNull: Schema { .any(self, Schema(json: ["type": "null"])) }

    func described(_ text: String) -> Schema {
        var schema = self
        schema.json["description"] = .string(text)
        return schema
    }

    /// Returns an object schema with the members of both.
    func adding(_ other: Schema) -> Schema {
        var schema = self
        var members = json["properties"]?.objectValue ?? JSONObject()
        for (name, value) in (other.json["properties"]?.objectValue ?? JSONObject()).members { members[name] = value }
        schema.json["properties"] = .object(members)
        let required = (json["required"]?.arrayValue ?? []) + (other.json["required"]?.arrayValue ?? [])
        if !required.isEmpty { schema.json["required"] = .array(required) }
        return schema
    }
}
