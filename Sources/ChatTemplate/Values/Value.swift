/// A run-time value with Python's semantics.
///
/// Lists, tuples and dicts are immutable because the sandbox forbids the methods that would change them; mutable values
/// (namespaces, loops, iterators) are objects.
enum Value {
    case undefined(Undefined)
    case none
    case bool(Bool)
    case integer(Int128)
    case double(Double)
    case string(String)
    /// A string marked as safe HTML: text that is joined with it by `+` is escaped.
    case markup(String)
    case list(ValueList)
    case tuple(ValueList)
    case dict(Dict)
    case range(IntegerRange)
    case view(DictView)
    case iterator(ValueIterator)
    case object(any TemplateObject)
}

extension Value {
    var isUndefined: Bool {
        if case .undefined = self { true } else { false }
    }

    var isNone: Bool {
        if case .none = self { true } else { false }
    }

    /// The text of a string, marked as safe or not; nil for other values.
    var text: String? {
        switch self {
        case .string(let text), .markup(let text): text
        default: nil
        }
    }

    /// The value as an integer; booleans are 0 and 1.
    var integer: Int128? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .integer(let value): value
        default: nil
        }
    }

    /// The value as a number; booleans are 0 and 1.
    var number: Double? {
        if case .double(let value) = self { value } else { integer.map(Double.init) }
    }

    /// The elements of a list or tuple.
    var elements: [Value]? {
        switch self {
        case .list(let list), .tuple(let list): list.elements
        default: nil
        }
    }

    /// Python's truth value.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .double(let value): value != 0
        case .string(let text), .markup(let text): !text.isEmpty
        case .list(let list), .tuple(let list): !list.elements.isEmpty
        case .dict(let dict): dict.count > 0
        case .range(let range): range.count > 0
        case .view(let view): view.dict.count > 0
        case .iterator: true
        case .object(let object): object.isTrue
        }
    }

    /// Python's name of the type.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .integer: "int"
        case .double: "float"
        case .string: "str"
        case .markup: "Markup"
        case .list: "list"
        case .tuple: "tuple"
        case .dict: "dict"
        case .range: "range"
        case .view(let view): "dict_\(view.kind.rawValue)"
        case .iterator: "generator"
        case .object(let object): object.typeName
        }
    }

    /// Nesting depth of containers in this value; 0 for a value that holds no others.
    var nesting: Int {
        switch self {
        case .list(let list), .tuple(let list): list.nesting
        case .dict(let dict): dict.nesting
        case .view(let view): view.dict.nesting + 1
        case .iterator(let iterator): iterator.nesting
        case .object(let object): object.nesting
        default: 0
        }
    }

    static func nesting(of values: [Value]) -> Int {
        var deepest = 0
        for value in values { deepest = max(deepest, value.nesting) }
        return deepest + 1
    }
}

final class ValueList {
    let elements: [Value]
    let nesting: Int
    /// Whether this is a tuple from `groupby`, whose elements are also the attributes `grouper` and `list`.
    let isGroup: Bool

    init(_ elements: [Value], isGroup: Bool = false) {
        self.elements = elements
        self.isGroup = isGroup
        nesting = Value.nesting(of: elements)
    }
}

/// A generator, whose elements can be taken once. They are computed eagerly, but an error surfaces only when they are
/// taken, as with a lazy generator.
final class ValueIterator {
    private(set) var remaining: ArraySlice<Value>
    private(set) var failure: ChatTemplateError?
    let nesting: Int

    init(_ elements: [Value], failure: ChatTemplateError? = nil) {
        remaining = elements[...]
        self.failure = failure
        nesting = Value.nesting(of: elements)
    }

    func next() throws(ChatTemplateError) -> Value? {
        if let first = remaining.popFirst() { return first }
        if let failure { throw failure }
        return nil
    }

    func takeAll() throws(ChatTemplateError) -> [Value] {
        if let failure { throw failure }
        defer { remaining = [] }
        return Array(remaining)
    }
}

/// Python's `range`.
struct IntegerRange {
    let start: Int
    let step: Int
    let count: Int
    /// The bound as written, which the elements need not reach.
    let stop: Int

    subscript(index: Int) -> Int { start + index * step }
}
