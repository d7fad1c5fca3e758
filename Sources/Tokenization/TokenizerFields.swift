internal import Support

/// A JSON object in a tokenizer file, with its path, so that every error names its field.
struct TokenizerFields {
    let path: String
    private let object: JSONObject

    init(_ value: JSONValue, path: String) throws(TokenizerError) {
        guard let object = value.objectValue else {
            throw .invalid(
                field: path.isEmpty ? "file" : path, value: "of type \(value.typeName)", allowed: "an object")
        }
        self.object = object
        self.path = path
    }

    func path(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The member; nil if it is absent or null.
    subscript(key: String) -> JSONValue? {
        guard let value = object[key], !value.isNull else { return Optional.none }
        return value
    }

    /// Whether the member is present and not null.
    func has(_ key: String) -> Bool {
        if case .some = self[key] { true } else { false }
    }

    /// Whether the member is present and null.
    func isNull(_ key: String) -> Bool { object[key]?.isNull == true }

    var members: Zip2Sequence<[String], [JSONValue]> { object.members }

    func required(_ key: String) throws(TokenizerError) -> JSONValue {
        guard let value = self[key] else { throw .missing(field: path(key)) }
        return value
    }

    func object(_ key: String) throws(TokenizerError) -> TokenizerFields {
        try TokenizerFields(try required(key), path: path(key))
    }

    func array(_ key: String) throws(TokenizerError) -> [JSONValue] {
        try typed(try required(key), key, "an array", \.arrayValue)
    }

    /// The elements of an array of objects.
    func objects(_ key: String) throws(TokenizerError) -> [TokenizerFields] {
        var elements: [TokenizerFields] = []
        for (index, value) in try array(key).enumerated() {
            elements.append(try TokenizerFields(value, path: "\(path(key))[\(index)]"))
        }
        return elements
    }

    func string(_ key: String) throws(TokenizerError) -> String {
        try typed(try required(key), key, "a string", \.stringValue)
    }

    func bool(_ key: String, default value: Bool) throws(TokenizerError) -> Bool {
        guard let member = self[key] else { return value }
        return try typed(member, key, "true or false", \.boolValue)
    }

    func tokenID(_ key: String) throws(TokenizerError) -> UInt32 {
        try Self.tokenID(try required(key), path: path(key))
    }

    static func tokenID(_ value: JSONValue, path: @autoclosure () -> String) throws(TokenizerError) -> UInt32 {
        guard let id = value.intValue, (0...Vocabulary.maximumID).contains(id) else {
            let written = String(value.serialized.prefix(40))
            throw .invalid(field: path(), value: written, allowed: "a token id from 0 to \(Vocabulary.maximumID)")
        }
        return UInt32(id)
    }

    private func typed<Value>(
        _ member: JSONValue, _ key: String, _ expected: String, _ value: (JSONValue) -> Value?
    ) throws(TokenizerError) -> Value {
        guard let value = value(member) else {
            throw .invalid(field: path(key), value: "of type \(member.typeName)", allowed: expected)
        }
        return value
    }
}
