/// The functions that every template can call. To add one, add a line to the table.
enum Globals {
    static let table: [String: BuiltinFunction] = Dictionary(
        uniqueKeysWithValues: functions.map { ($0.name, $0) })

    private static let functions: [BuiltinFunction] = [
        BuiltinFunction(name: "range", body: range),
        BuiltinFunction(name: "dict", body: dict),
        BuiltinFunction(name: "namespace", body: namespace),
        BuiltinFunction(name: "cycler", body: cycler),
        BuiltinFunction(name: "joiner", body: joiner),
        BuiltinFunction(name: "raise_exception", body: raiseException),
        BuiltinFunction(name: "strftime_now", body: strftimeNow),
    ]

    private static func range(
        _ arguments: Arguments, _ interpreter: Interpreter
    ) throws(ChatTemplateError) -> Value {
        guard arguments.keywords.isEmpty, (1...3).contains(arguments.positional.count) else {
            throw .runtime("range() takes one to three arguments")
        }
        var bounds: [Int] = []
        for value in arguments.positional {
            if case .undefined(let undefined) = value { throw undefined.error }
            guard let integer = value.integer else {
                throw .runtime("'\(value.typeName)' object cannot be interpreted as an integer")
            }
            guard let bound = Int32(exactly: integer) else { throw tooLong(interpreter) }
            bounds.append(Int(bound))
        }
        if bounds.count == 1 { bounds.insert(0, at: 0) }
        if bounds.count == 2 { bounds.append(1) }
        let (start, stop, step) = (bounds[0], bounds[1], bounds[2])
        guard step != 0 else { throw .runtime("range() arg 3 must not be zero") }
        let distance = step > 0 ? stop - start : start - stop
        let count = distance > 0 ? (distance - 1) / abs(step) + 1 : 0
        guard count <= interpreter.limits.rangeLength else { throw tooLong(interpreter) }
        return .range(IntegerRange(start: start, step: step, count: count, stop: stop))
    }

    private static func tooLong(_ interpreter: Interpreter) -> ChatTemplateError {
        ChatTemplateError(.limit, "range() has more than \(interpreter.limits.rangeLength) elements")
    }

    /// Members from the optional positional argument (a mapping or pairs), followed by the keyword arguments.
    private static func members(
        _ arguments: Arguments, _ interpreter: Interpreter
    ) throws(ChatTemplateError) -> [(key: Value, value: Value)] {
        var members: [(key: Value, value: Value)] = []
        guard arguments.positional.count <= 1 else { throw .runtime("expected at most one positional argument") }
        if case .dict(let dict) = arguments.positional.first {
            members = zip(dict.keys, dict.values).map { ($0, $1) }
        } else if let pairs = arguments.positional.first {
            for pair in try interpreter.iterate(pairs) {
                let parts = try interpreter.iterate(pair)
                guard parts.count == 2 else { throw .runtime("expected pairs, got \(parts.count) elements") }
                members.append((parts[0], parts[1]))
            }
        }
        return members + arguments.keywords.map { (.string($0.name), $0.value) }
    }

    private static func dict(
        _ arguments: Arguments, _ interpreter: Interpreter
    ) throws(ChatTemplateError) -> Value {
        try interpreter.dict(try members(arguments, interpreter))
    }

    private static func namespace(
        _ arguments: Arguments, _ interpreter: Interpreter
    ) throws(ChatTemplateError) -> Value {
        var named: [String: Value] = [:]
        for (key, value) in try members(arguments, interpreter) {
            if let name = key.text { named[name] = value }
        }
        return interpreter.namespace(named)
    }

    private static func cycler(
        _ arguments: Arguments, _ interpreter: Interpreter
    ) throws(ChatTemplateError) -> Value {
        guard !arguments.positional.isEmpty, arguments.keywords.isEmpty else {
            throw .runtime("cycler() takes at least one item and no keyword arguments")
        }
        return try interpreter.object(Cycler(arguments.positional))
    }

    private static func joiner(
        _ arguments: Arguments, _ interpreter: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let separator = arguments.positional.first ?? arguments.keywords.first { $0.name == "sep" }?.value
        return try interpreter.object(Joiner(separator: separator ?? .string(", ")))
    }

    private static func raiseException(
        _ arguments: Arguments, _ interpreter: Interpreter
    ) throws(ChatTemplateError) -> Value {
        guard let message = arguments.positional.first ?? arguments.keywords.first?.value else {
            throw .runtime("raise_exception() is missing the argument 'message'")
        }
        throw ChatTemplateError(.raised, try interpreter.string(of: message), line: interpreter.line)
    }

    private static func strftimeNow(
        _ arguments: Arguments, _ interpreter: Interpreter
    ) throws(ChatTemplateError) -> Value {
        guard let format = (arguments.positional.first ?? arguments.keywords.first?.value)?.text else {
            throw .runtime("strftime_now() takes a format string")
        }
        guard let clock = interpreter.clock else { throw .runtime("strftime_now() needs a clock") }
        return try interpreter.string(Strftime.format(format, clock))
    }
}

/// The object that `cycler()` returns.
final class Cycler: TemplateObject {
    private let items: [Value]
    private var position = 0
    let nesting: Int

    init(_ items: [Value]) {
        self.items = items
        nesting = Value.nesting(of: items)
    }

    var typeName: String { "Cycler" }

    func attribute(_ name: String, _ interpreter: Interpreter) throws(ChatTemplateError) -> Value? {
        if name == "current" { return items[position] }
        return Cycler.methods[name].map {
            .object(BoundMethod(receiver: .object(self), name: name, operation: $0))
        }
    }

    private static let methods: [String: Operation] = [
        "next": Operation { value, _, _ throws(ChatTemplateError) in
            guard case .object(let object) = value, let cycler = object as? Cycler else { return value }
            defer { cycler.position = (cycler.position + 1) % cycler.items.count }
            return cycler.items[cycler.position]
        },
        "reset": Operation { value, _, _ throws(ChatTemplateError) in
            guard case .object(let object) = value, let cycler = object as? Cycler else { return value }
            cycler.position = 0
            return .none
        },
    ]
}

/// The object that `joiner()` returns: its first call gives an empty string, later calls give the separator.
final class Joiner: TemplateObject {
    private let separator: Value
    private var isUsed = false

    init(separator: Value) { self.separator = separator }

    var typeName: String { "Joiner" }
    var isCallable: Bool { true }
    var nesting: Int { separator.nesting + 1 }

    func call(_ arguments: Arguments, _ interpreter: Interpreter) throws(ChatTemplateError) -> Value {
        defer { isUsed = true }
        return isUsed ? separator : .string("")
    }
}
