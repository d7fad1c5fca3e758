import Support

/// One rendering of a program: walks the syntax tree and enforces the limits.
final class Interpreter {
    let program: Program
    let clock: TemplateClock?
    let limits: RenderLimits

    /// Text printed so far by the innermost template, macro or block.
    var output = ""
    var scope = Scope(parent: nil)
    /// Line of the current statement, for errors.
    var line = 0
    private var steps = 0
    private var allocatedBytes = 0
    private var depth = 0
    /// Namespaces and scopes that may be part of a reference cycle; cleared when the rendering ends.
    private var namespaces: [Namespace] = []
    private var capturedScopes: [Scope] = []

    init(program: Program, clock: TemplateClock?, limits: RenderLimits) {
        self.program = program
        self.clock = clock
        self.limits = limits
    }

    func render(_ context: JSONObject) throws(ChatTemplateError) -> String {
        defer { breakCycles() }
        do {
            for (id, name) in program.names.enumerated() {
                guard let json = context[name] else { continue }
                scope.set(id, try value(of: json))
            }
            scope = Scope(parent: scope)
            _ = try execute(program.body)
            return output
        } catch {
            var error = error
            if error.line == 0 { error.line = line }
            throw error
        }
    }

    private func value(of json: JSONValue, depth: Int = 0) throws(ChatTemplateError) -> Value {
        guard depth < RenderLimits.valueNesting else { throw tooDeep }
        switch json {
        case .null: return .none
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(Int128(value))
        case .largeInteger(let digits): return Int128(digits).map { .integer($0) } ?? .double(Double(digits) ?? .nan)
        case .double(let value): return .double(value)
        case .string(let text): return .string(text)
        case .array(let elements):
            var values: [Value] = []
            values.reserveCapacity(elements.count)
            for element in elements { values.append(try value(of: element, depth: depth + 1)) }
            return .list(ValueList(values))
        case .object(let object):
            var values: [Value] = []
            values.reserveCapacity(object.count)
            for element in object.values { values.append(try value(of: element, depth: depth + 1)) }
            return .dict(Dict(textKeys: object.keys, values: values))
        }
    }
}

// MARK: Limits

extension Interpreter {
    /// Counts steps; throws beyond the limit.
    func step(_ count: Int = 1) throws(ChatTemplateError) {
        steps += count
        guard steps <= limits.steps else {
            throw ChatTemplateError(.limit, "the template takes more than \(limits.steps) steps")
        }
    }

    /// Counts bytes against the limits; must be called before they are allocated.
    func charge(bytes: Int) throws(ChatTemplateError) {
        guard bytes <= limits.outputBytes else {
            throw ChatTemplateError(.limit, "a value has \(bytes) bytes; at most \(limits.outputBytes) are allowed")
        }
        allocatedBytes += bytes
        guard allocatedBytes <= limits.allocatedBytes else {
            throw ChatTemplateError(.limit, "the template allocates more than \(limits.allocatedBytes) bytes")
        }
    }

    /// Counts the scan of a text, one step per 16 bytes. A shorter text is covered by the step that scans it.
    func scan(_ value: Value?) throws(ChatTemplateError) {
        if let bytes = value?.text?.utf8.count, bytes >= 16 { try step(bytes / 16) }
    }

    /// Enters a nested evaluation; every call is balanced by `leave()`.
    func enter() throws(ChatTemplateError) {
        guard depth < limits.depth else {
            throw ChatTemplateError(.limit, "evaluation is nested more than \(limits.depth) levels deep")
        }
        depth += 1
    }

    func leave() { depth -= 1 }

    private var tooDeep: ChatTemplateError {
        ChatTemplateError(.limit, "containers are nested more than \(RenderLimits.valueNesting) levels deep")
    }

    private func bounded(_ list: ValueList) throws(ChatTemplateError) -> ValueList {
        try charge(bytes: list.elements.count * MemoryLayout<Value>.stride)
        guard list.nesting <= RenderLimits.valueNesting else { throw tooDeep }
        return list
    }

    func list(_ elements: [Value]) throws(ChatTemplateError) -> Value { .list(try bounded(ValueList(elements))) }

    func tuple(_ elements: [Value], isGroup: Bool = false) throws(ChatTemplateError) -> Value {
        .tuple(try bounded(ValueList(elements, isGroup: isGroup)))
    }

    func iterator(_ elements: [Value], failure: ChatTemplateError? = nil) throws(ChatTemplateError) -> Value {
        try charge(bytes: elements.count * MemoryLayout<Value>.stride)
        let iterator = ValueIterator(elements, failure: failure)
        guard iterator.nesting <= RenderLimits.valueNesting else { throw tooDeep }
        return .iterator(iterator)
    }

    func dict(_ members: [(key: Value, value: Value)]) throws(ChatTemplateError) -> Value {
        try charge(bytes: members.count * 2 * MemoryLayout<Value>.stride)
        for (key, _) in members { try scan(key) }
        let dict = try Dict(members)
        guard dict.nesting <= RenderLimits.valueNesting else { throw tooDeep }
        return .dict(dict)
    }

    /// A new string value, charged as it is made. An operation that enlarges its inputs charges beforehand.
    func string(_ text: String) throws(ChatTemplateError) -> Value {
        try charge(bytes: text.utf8.count)
        return .string(text)
    }

    func object(_ object: any TemplateObject) throws(ChatTemplateError) -> Value {
        guard object.nesting <= RenderLimits.valueNesting else { throw tooDeep }
        return .object(object)
    }
}

// MARK: Cycles

extension Interpreter {
    func namespace(_ members: [String: Value]) -> Value {
        let namespace = Namespace(members)
        namespaces.append(namespace)
        return .object(namespace)
    }

    /// Records that a value refers to the current scope, which may come to hold that value and so form a cycle.
    func captureScope() -> Scope {
        if capturedScopes.last !== scope { capturedScopes.append(scope) }
        return scope
    }

    private func breakCycles() {
        for namespace in namespaces { namespace.clear() }
        for scope in capturedScopes { scope.clear() }
    }
}

// MARK: Output

extension Interpreter {
    func write(_ text: String) throws(ChatTemplateError) {
        guard output.utf8.count + text.utf8.count <= limits.outputBytes else {
            throw ChatTemplateError(.limit, "the rendered text exceeds \(limits.outputBytes) bytes")
        }
        output += text
    }

    /// Runs `body` and returns the text it prints.
    func capture(_ body: () throws(ChatTemplateError) -> Void) throws(ChatTemplateError) -> String {
        let outer = output
        output = ""
        defer { output = outer }
        try body()
        try charge(bytes: output.utf8.count)
        return output
    }

    /// Runs `body` in a new scope inside `parent`, by default inside the current one.
    func scoped<Result>(
        in parent: Scope? = nil, _ body: () throws(ChatTemplateError) -> Result
    ) throws(ChatTemplateError) -> Result {
        let outer = scope
        scope = Scope(parent: parent ?? outer)
        defer { scope = outer }
        return try body()
    }
}
