/// The value of the variable `loop`.
final class LoopContext: TemplateObject {
    let loop: ForLoop
    /// The scope in which a recursive loop runs again; nil for other loops.
    let scope: Scope?
    let depth: Int
    let nesting: Int
    private let items: [Value]
    private var index0 = -1
    private var lastChanged: [Value]?

    init(_ items: [Value], loop: ForLoop, scope: Scope?, depth: Int) {
        self.items = items
        self.loop = loop
        self.scope = scope
        self.depth = depth
        nesting = Value.nesting(of: items)
    }

    var typeName: String { "LoopContext" }
    var description: String { "<LoopContext \(index0 + 1)/\(items.count)>" }
    var isCallable: Bool { true }

    func advance() { index0 += 1 }

    func attribute(_ name: String, _ interpreter: Interpreter) throws(ChatTemplateError) -> Value? {
        switch name {
        case "index": .integer(Int128(index0 + 1))
        case "index0": .integer(Int128(index0))
        case "revindex": .integer(Int128(items.count - index0))
        case "revindex0": .integer(Int128(items.count - index0 - 1))
        case "first": .bool(index0 == 0)
        case "last": .bool(index0 == items.count - 1)
        case "length": .integer(Int128(items.count))
        case "depth": .integer(Int128(depth + 1))
        case "depth0": .integer(Int128(depth))
        case "previtem": index0 > 0 ? items[index0 - 1] : .undefined(.because("there is no previous item"))
        case "nextitem":
            index0 + 1 < items.count ? items[index0 + 1] : .undefined(.because("there is no next item"))
        case "cycle", "changed":
            LoopContext.methods[name].map { .object(BoundMethod(receiver: .object(self), name: name, operation: $0)) }
        default: nil
        }
    }

    func call(_ arguments: Arguments, _ interpreter: Interpreter) throws(ChatTemplateError) -> Value {
        guard arguments.positional.count == 1, arguments.keywords.isEmpty else {
            throw .runtime("loop() takes one argument")
        }
        return try interpreter.recurse(self, over: arguments.positional[0])
    }

    private static let methods: [String: Operation] = [
        "cycle": Operation.free { value, arguments, _ throws(ChatTemplateError) in
            guard case .object(let object) = value, let loop = object as? LoopContext else { return value }
            guard !arguments.positional.isEmpty else { throw .runtime("no items for cycling given") }
            return arguments.positional[loop.index0 % arguments.positional.count]
        },
        "changed": Operation.free { value, arguments, interpreter throws(ChatTemplateError) in
            guard case .object(let object) = value, let loop = object as? LoopContext else { return value }
            return .bool(try loop.changed(to: arguments.positional, interpreter))
        },
    ]

    private func changed(to values: [Value], _ interpreter: Interpreter) throws(ChatTemplateError) -> Bool {
        if let lastChanged, try interpreter.areEqual(lastChanged, values) { return false }
        guard Value.nesting(of: values) < RenderLimits.valueNesting else {
            throw ChatTemplateError(.limit, "containers are nested more than \(RenderLimits.valueNesting) levels deep")
        }
        lastChanged = values
        return true
    }
}
