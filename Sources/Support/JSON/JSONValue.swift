/// A JSON document that keeps the order of object keys and tells integers from other numbers.
///
/// One reader serves requests, `config.json`, `tokenizer.json` and schemas: Foundation's decoder loses key order, which
/// would make a prompt that renders tools change from run to run.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// A number without fraction and exponent that fits 64 bits.
    case integer(Int)
    /// A number without fraction and exponent that does not fit 64 bits, as it was written.
    case largeInteger(String)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    package var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// Above this, a double no longer identifies a single integer.
    private static let largestExactDouble = 0x1p53

    /// The value as an integer; nil for a double unless it is integral (`1.0`, `1e3`) and exact.
    package var intValue: Int? {
        switch self {
        case .integer(let value): value
        case .double(let value) where value.magnitude <= Self.largestExactDouble: Int(exactly: value)
        default: nil
        }
    }

    package var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .largeInteger(let digits): Double(digits)
        case .double(let value): value
        default: nil
        }
    }

    package var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    package var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    package var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    package var isNull: Bool { self == .null }

    /// Approximate length in bytes of the serialised value, found without serialising it.
    package var approximateByteCount: Int {
        switch self {
        case .null, .bool, .integer, .double: 8
        case .largeInteger(let text), .string(let text): text.utf8.count + 3
        case .array(let elements): elements.reduce(2) { $0 + $1.approximateByteCount }
        case .object(let object):
            object.members.reduce(2) { $0 + $1.0.utf8.count + 4 + $1.1.approximateByteCount }
        }
    }

    /// The member of an object; nil for a missing key and for a value that is not an object.
    package subscript(key: String) -> JSONValue? { objectValue?[key] }

    /// The element of an array; nil for an index out of range and for a value that is not an array.
    package subscript(index: Int) -> JSONValue? {
        guard let array = arrayValue, array.indices.contains(index) else { return nil }
        return array[index]
    }

    /// The name of the type in messages: `null`, `boolean`, `integer`, `number`, `string`, `array` or `object`.
    package var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer, .largeInteger: "integer"
        case .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

/// An object whose members keep the order in which they were first written. For a repeated key, the last value counts.
package struct JSONObject: Sendable, Hashable {
    package private(set) var keys: [String] = []
    package private(set) var values: [JSONValue] = []
    /// Positions of the keys, kept only beyond `searchedCount` members: smaller objects are searched.
    private var positions: [ExactKey: Int] = [:]

    private static let searchedCount = 8

    package init() {}

    package init(_ members: some Sequence<(String, JSONValue)>) {
        for (key, value) in members { self[key] = value }
    }

    package var count: Int { keys.count }
    package var isEmpty: Bool { keys.isEmpty }

    /// Members in order.
    package var members: Zip2Sequence<[String], [JSONValue]> { zip(keys, values) }

    /// The value of a key; assigning nil removes the member.
    package subscript(key: String) -> JSONValue? {
        get { position(of: key).map { values[$0] } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): values[position] = value
            case (nil, let value?): append(key, value)
            case (let position?, nil): remove(at: position)
            case (nil, nil): break
            }
        }
    }

    private func position(of key: String) -> Int? {
        let exact = ExactKey(text: key)
        return count <= Self.searchedCount ? keys.firstIndex { ExactKey(text: $0) == exact } : positions[exact]
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        keys.append(key)
        values.append(value)
        if count > Self.searchedCount + 1 {
            positions[ExactKey(text: key)] = count - 1
        } else if count == Self.searchedCount + 1 {
            indexKeys()
        }
    }

    private mutating func remove(at position: Int) {
        keys.remove(at: position)
        values.remove(at: position)
        positions = [:]
        if count > Self.searchedCount { indexKeys() }
    }

    private mutating func indexKeys() {
        for (index, key) in keys.enumerated() { positions[ExactKey(text: key)] = index }
    }

    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.keys == right.keys && left.values == right.values
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(keys)
        hasher.combine(values)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

/// A key that is compared by its bytes: `String` equates different encodings of one accented letter.
private struct ExactKey: Hashable {
    let text: String

    static func == (left: ExactKey, right: ExactKey) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
