import EngineTypes
import Support

/// Typed access to the members of a request's JSON object; null counts as absent. A wrong type throws an error that
/// names the field, its value and what is allowed.
struct Fields: Sendable {
    let object: JSONObject
    /// Prefix of member names in error messages, such as `stream_options.`.
    private let prefix: String

    init(_ object: JSONObject, prefix: String = "") {
        self.object = object
        self.prefix = prefix
    }

    /// Reads a query string. Values that parse as JSON count as JSON, Python's `True` and `False` as booleans, and all
    /// others as strings.
    init(query: some Sequence<(key: Substring, value: Substring)>) {
        var object = JSONObject()
        for (key, value) in query {
            let word = ["True": "true", "False": "false"][value] ?? String(value)
            object[String(key)] = (try? JSONValue(parsing: word)) ?? .string(String(value))
        }
        self.init(object)
    }

    subscript(name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    /// The member's full name in error messages.
    func name(_ field: String) -> String { prefix + field }

    /// The error for a member that must be `allowed`; it shows the member's value.
    func mistake(_ field: String, _ allowed: String) -> RequestError {
        .invalid(name(field), "must be \(allowed), got \(object[field]?.excerpt ?? "nothing")")
    }

    /// A 64-bit integer. One that a double cannot hold exactly must be written in digits.
    func int(_ field: String) throws(RequestError) -> Int? {
        guard let value = self[field] else { return nil }
        if let number = value.intValue { return number }
        switch value {
        case .largeInteger: throw mistake(field, "an integer in \(Int.min)...\(Int.max)")
        case .double(let number) where number == number.rounded():
            throw mistake(field, "an integer in \(Int.min)...\(Int.max), written in digits")
        default: throw mistake(field, "an integer")
        }
    }

    /// An integer; true counts as 1, false as absent.
    func count(_ field: String) throws(RequestError) -> Int? {
        if let flag = self[field]?.boolValue { return flag ? 1 : nil }
        return try int(field)
    }

    /// The case whose raw value the member has.
    func choice<Value: RawRepresentable<String> & CaseIterable>(_ field: String) throws(RequestError) -> Value? {
        guard let text = try string(field) else { return nil }
        guard let value = Value(rawValue: text) else {
            throw mistake(field, "one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }

    func float(_ field: String) throws(RequestError) -> Float? {
        guard let value = self[field] else { return nil }
        guard let number = value.doubleValue else { throw mistake(field, "a number") }
        return Float(number)
    }

    func bool(_ field: String) throws(RequestError) -> Bool? {
        guard let value = self[field] else { return nil }
        guard let flag = value.boolValue else { throw mistake(field, "true or false") }
        return flag
    }

    func string(_ field: String) throws(RequestError) -> String? {
        guard let value = self[field] else { return nil }
        guard let text = value.stringValue else { throw mistake(field, "a string") }
        return text
    }

    func array(_ field: String) throws(RequestError) -> [JSONValue]? {
        guard let value = self[field] else { return nil }
        guard let elements = value.arrayValue else { throw mistake(field, "a list") }
        return elements
    }

    func object(_ field: String) throws(RequestError) -> JSONObject? {
        guard let value = self[field] else { return nil }
        guard let members = value.objectValue else { throw mistake(field, "an object") }
        return members
    }

    func strings(_ field: String) throws(RequestError) -> [String]? {
        guard let elements = try array(field) else { return nil }
        let texts = elements.compactMap(\.stringValue)
        guard texts.count == elements.count else { throw mistake(field, "a list of strings") }
        return texts
    }

    func tokenIDs(_ field: String) throws(RequestError) -> [TokenID]? {
        guard let elements = try array(field) else { return nil }
        return try Self.tokenIDs(elements, name(field))
    }

    static func tokenIDs(_ elements: [JSONValue], _ name: String) throws(RequestError) -> [TokenID] {
        var ids: [TokenID] = []
        ids.reserveCapacity(elements.count)
        for element in elements {
            guard let number = element.intValue else {
                throw .invalid(name, "must be a list of token ids, but contains \(element.excerpt)")
            }
            guard let id = TokenID(exactly: number) else {
                throw .invalid(name, "token id \(number) is out of the vocabulary")
            }
            ids.append(id)
        }
        return ids
    }
}

extension JSONValue {
    /// The value's type and up to 60 characters of its text, for error messages.
    var excerpt: String {
        let text = serialized
        return "\(typeName) \(text.count > 60 ? text.prefix(60) + "..." : text[...])"
    }
}
