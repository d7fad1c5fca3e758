import EngineTypes
import Support

/// The members of a request's JSON object by type. A wrong type throws, naming the field, its value and what is allowed.
/// Null counts as absent.
struct Fields: Sendable {
    let object: JSONObject
    /// What comes before a member's name in messages, such as `stream_options.`.
    private let prefix: String

    init(_ object: JSONObject, prefix: String = "") {
        self.object = object
        self.prefix = prefix
    }

    /// A query: what reads as JSON's words and numbers counts as such, Python's spelling of true and false too.
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

    func name(_ field: String) -> String { prefix + field }

    func mistake(_ field: String, _ allowed: String) -> RequestError {
        .invalid(name(field), "must be \(allowed), got \(object[field]?.excerpt ?? "nothing")")
    }

    /// An integer of 64 bits. One that a double cannot hold exactly must be written in digits.
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

    /// An integer; true counts as 1, and false as nothing.
    func count(_ field: String) throws(RequestError) -> Int? {
        if let flag = self[field]?.boolValue { return flag ? 1 : nil }
        return try int(field)
    }

    /// One of an enumeration's names.
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
                throw .invalid(name, "must be a list of token ids, got \(element.excerpt) in it")
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
    /// The value's type and beginning, for messages.
    var excerpt: String {
        let text = serialized
        return "\(typeName) \(text.count > 60 ? text.prefix(60) + "..." : text[...])"
    }
}
