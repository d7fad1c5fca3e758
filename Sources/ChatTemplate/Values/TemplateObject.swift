/// A value with an identity: functions, macros, namespaces, loops.
protocol TemplateObject: AnyObject {
    var typeName: String { get }
    /// The text that printing gives.
    var description: String { get }
    var isTrue: Bool { get }
    var isCallable: Bool { get }
    /// Nesting depth of the containers that this object keeps alive permanently.
    var nesting: Int { get }

    func attribute(_ name: String, _ interpreter: Interpreter) throws(ChatTemplateError) -> Value?
    func call(_ arguments: Arguments, _ interpreter: Interpreter) throws(ChatTemplateError) -> Value
}

extension TemplateObject {
    var isTrue: Bool { true }
    var isCallable: Bool { false }
    var nesting: Int { 0 }
    var description: String { "<\(typeName) object>" }

    func attribute(_ name: String, _ interpreter: Interpreter) throws(ChatTemplateError) -> Value? { nil }

    func call(_ arguments: Arguments, _ interpreter: Interpreter) throws(ChatTemplateError) -> Value {
        throw .runtime("'\(typeName)' object is not callable")
    }
}

/// Evaluated arguments of a call.
struct Arguments {
    var positional: [Value] = []
    var keywords: [(name: String, value: Value)] = []
}

/// The object that `namespace()` returns: the only value that a template can change.
final class Namespace: TemplateObject {
    private(set) var members: [String: Value]

    init(_ members: [String: Value]) { self.members = members }

    var typeName: String { "Namespace" }

    subscript(name: String) -> Value? {
        get { members[name] }
        set { members[name] = newValue }
    }

    /// Breaks reference cycles at the end of a rendering: a namespace can hold itself.
    func clear() { members = [:] }

    func attribute(_ name: String, _ interpreter: Interpreter) throws(ChatTemplateError) -> Value? { members[name] }
}

/// A function of the environment.
final class BuiltinFunction: TemplateObject, Sendable {
    typealias Body = @Sendable (Arguments, Interpreter) throws(ChatTemplateError) -> Value

    let name: String
    let body: Body

    init(name: String, body: @escaping Body) {
        self.name = name
        self.body = body
    }

    var typeName: String { "function" }
    var isCallable: Bool { true }

    func call(_ arguments: Arguments, _ interpreter: Interpreter) throws(ChatTemplateError) -> Value {
        try body(arguments, interpreter)
    }
}

/// A method and the value it belongs to.
final class BoundMethod: TemplateObject {
    let receiver: Value
    let name: String
    let operation: Operation

    init(receiver: Value, name: String, operation: Operation) {
        self.receiver = receiver
        self.name = name
        self.operation = operation
    }

    var typeName: String { "builtin_function_or_method" }
    var description: String { "<built-in method \(name) of \(receiver.typeName) object>" }
    var isCallable: Bool { true }
    var nesting: Int { receiver.nesting + 1 }

    func call(_ arguments: Arguments, _ interpreter: Interpreter) throws(ChatTemplateError) -> Value {
        try operation.run(receiver, arguments, interpreter, name: "\(name)()")
    }
}
