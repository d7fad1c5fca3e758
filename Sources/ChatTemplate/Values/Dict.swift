/// An immutable dictionary in insertion order.
final class Dict {
    let keys: [Value]
    let values: [Value]
    let nesting: Int
    /// Positions of the keys; empty for a small dictionary of string keys, which is searched linearly.
    private let positions: [DictKey: Int]

    private static let searchedCount = 8

    private init(keys: [Value], values: [Value], positions: [DictKey: Int]) {
        self.keys = keys
        self.values = values
        self.positions = positions
        nesting = Value.nesting(of: values)
    }

    /// Creates a dictionary from distinct string keys.
    convenience init(textKeys: [String], values: [Value]) {
        var positions: [DictKey: Int] = [:]
        if textKeys.count > Dict.searchedCount {
            for (index, key) in textKeys.enumerated() { positions[.text(ByteText(key))] = index }
        }
        self.init(keys: textKeys.map(Value.string), values: values, positions: positions)
    }

    /// Creates a dictionary in which a repeated key keeps its first position and its last value.
    convenience init(_ members: [(key: Value, value: Value)]) throws(ChatTemplateError) {
        var keys: [Value] = []
        var values: [Value] = []
        var positions: [DictKey: Int] = [:]
        var isText = true
        for (key, value) in members {
            if key.text == nil { isText = false }
            let hashed = try DictKey(key)
            if let position = positions[hashed] {
                values[position] = value
            } else {
                positions[hashed] = keys.count
                keys.append(key)
                values.append(value)
            }
        }
        let isSearched = isText && keys.count <= Dict.searchedCount
        self.init(keys: keys, values: values, positions: isSearched ? [:] : positions)
    }

    var count: Int { keys.count }

    /// The value of a string key.
    subscript(text: String) -> Value? {
        guard positions.isEmpty else { return positions[.text(ByteText(text))].map { values[$0] } }
        for (index, key) in keys.enumerated() {
            if let candidate = key.text, ByteText.isSame(candidate, text) { return values[index] }
        }
        return nil
    }

    /// The value of a key; throws for an unhashable key.
    func value(of key: Value) throws(ChatTemplateError) -> Value? {
        if let text = key.text { return self[text] }
        let hashed = try DictKey(key)
        return positions.isEmpty ? nil : positions[hashed].map { values[$0] }
    }

    func items() -> [Value] {
        zip(keys, values).map { .tuple(ValueList([$0, $1])) }
    }
}

/// The view that `keys()`, `values()` or `items()` returns.
struct DictView {
    enum Kind: String {
        case keys, values, items
    }

    var kind: Kind
    var dict: Dict

    var elements: [Value] {
        switch kind {
        case .keys: dict.keys
        case .values: dict.values
        case .items: dict.items()
        }
    }
}

/// A value as Python hashes it: equal numbers of different types are the same key.
enum DictKey: Hashable {
    case none
    case undefined
    case integer(Int128)
    case double(Double)
    case text(ByteText)
    case tuple([DictKey])
    case object(ObjectIdentifier)

    /// Nested tuples can share parts, so a key can be far larger than the memory it takes.
    private static let maximumParts = 10_000

    init(_ value: Value) throws(ChatTemplateError) {
        var parts = 0
        try self.init(value, parts: &parts)
    }

    private init(_ value: Value, parts: inout Int) throws(ChatTemplateError) {
        parts += 1
        guard parts <= DictKey.maximumParts else {
            throw ChatTemplateError(.limit, "a key has more than \(DictKey.maximumParts) parts")
        }
        switch value {
        case .none: self = .none
        case .undefined: self = .undefined
        case .bool(let flag): self = .integer(flag ? 1 : 0)
        case .integer(let number): self = .integer(number)
        case .double(let number): self = Int128(exactly: number).map(DictKey.integer) ?? .double(number)
        case .string(let text), .markup(let text): self = .text(ByteText(text))
        case .tuple(let list):
            var elements: [DictKey] = []
            for element in list.elements { elements.append(try DictKey(element, parts: &parts)) }
            self = .tuple(elements)
        case .object(let object): self = .object(ObjectIdentifier(object))
        case .iterator(let iterator): self = .object(ObjectIdentifier(iterator))
        case .list, .dict, .range, .view: throw .runtime("unhashable type: '\(value.typeName)'")
        }
    }
}

/// A string compared by code points; Swift's own comparison treats canonically equivalent strings as equal.
struct ByteText: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }

    static func == (left: ByteText, right: ByteText) -> Bool { isSame(left.text, right.text) }
}
