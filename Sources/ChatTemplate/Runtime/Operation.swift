/// A filter, a test or a method: a function of a value, with named parameters.
struct Operation: Sendable {
    typealias Body = @Sendable (Value, BoundArguments, Interpreter) throws(ChatTemplateError) -> Value
    typealias FreeBody = @Sendable (Value, Arguments, Interpreter) throws(ChatTemplateError) -> Value

    private enum Implementation: Sendable {
        case bound([Parameter], Body)
        case free(FreeBody)
    }

    struct Parameter: Sendable {
        var name: String
        var isRequired: Bool
    }

    private let implementation: Implementation

    /// Creates an operation from its parameters in order, such as `"old", "new", "count?"`: `?` marks an optional one,
    /// a leading underscore a positional-only one.
    init(_ parameters: String..., body: @escaping Body) {
        let parameters = parameters.map { text in
            let isRequired = !text.hasSuffix("?")
            return Parameter(name: isRequired ? text : String(text.dropLast()), isRequired: isRequired)
        }
        implementation = .bound(parameters, body)
    }

    private init(_ implementation: Implementation) { self.implementation = implementation }

    /// An operation that receives its arguments unbound.
    static func free(_ body: @escaping FreeBody) -> Operation { Operation(.free(body)) }

    func run(
        _ value: Value, _ arguments: Arguments, _ interpreter: Interpreter, name: @autoclosure () -> String
    ) throws(ChatTemplateError) -> Value {
        try interpreter.scan(value)
        for argument in arguments.positional { try interpreter.scan(argument) }
        switch implementation {
        case .free(let body): return try body(value, arguments, interpreter)
        case .bound(let parameters, let body):
            let bound = try BoundArguments(arguments, to: parameters, name: name)
            return try body(value, bound, interpreter)
        }
    }
}

/// Arguments in the order of the parameters; nil for an omitted one.
struct BoundArguments {
    private let values: [Value?]

    init(
        _ arguments: Arguments, to parameters: [Operation.Parameter], name: () -> String
    ) throws(ChatTemplateError) {
        guard arguments.positional.count <= parameters.count else {
            throw .runtime("\(name()) takes at most \(parameters.count) arguments, got \(arguments.positional.count)")
        }
        var values = arguments.positional.map(Optional.some)
        values.append(contentsOf: repeatElement(nil, count: parameters.count - values.count))
        for (keyword, value) in arguments.keywords {
            guard !keyword.hasPrefix("_"), let index = parameters.firstIndex(where: { $0.name == keyword }) else {
                throw .runtime("\(name()) got an unexpected keyword argument '\(keyword)'")
            }
            guard values[index] == nil else { throw .runtime("\(name()) got two values for '\(keyword)'") }
            values[index] = value
        }
        for (value, parameter) in zip(values, parameters) where value == nil && parameter.isRequired {
            throw .runtime("\(name()) is missing the argument '\(parameter.name)'")
        }
        self.values = values
    }

    subscript(index: Int) -> Value? { values[index] }

    /// A required argument, whose presence `init` has checked.
    func required(_ index: Int) -> Value { values[index]! }

    /// The argument; nil if it is omitted or `none`.
    func given(_ index: Int) -> Value? {
        guard let value = values[index], !value.isNone else { return nil }
        return value
    }

    func flag(_ index: Int, default fallback: Bool = false) -> Bool { values[index]?.isTrue ?? fallback }

    /// An integer argument, clamped to a machine word.
    func integer(_ index: Int, default fallback: Int? = nil) throws(ChatTemplateError) -> Int {
        guard let value = values[index] else {
            guard let fallback else { throw .runtime("an integer argument is missing") }
            return fallback
        }
        guard let integer = value.integer else {
            if case .undefined(let undefined) = value { throw undefined.error }
            throw .runtime("'\(value.typeName)' object cannot be interpreted as an integer")
        }
        return Int(clamping: integer)
    }

    /// An argument that must be a string.
    func text(_ index: Int) throws(ChatTemplateError) -> String {
        guard let text = values[index]?.text else {
            throw .runtime("expected a string, got '\(values[index]?.typeName ?? "nothing")'")
        }
        return text
    }
}
