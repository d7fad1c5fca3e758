/// A macro, or the body of a `call` block, with the scope it was defined in.
final class Macro: TemplateObject {
    let definition: MacroDefinition
    let scope: Scope

    init(_ definition: MacroDefinition, scope: Scope) {
        self.definition = definition
        self.scope = scope
    }

    var typeName: String { "Macro" }
    var isCallable: Bool { true }
    var name: String { definition.name?.text ?? "caller" }
    var description: String { definition.name.map { "<Macro '\($0.text)'>" } ?? "<Macro anonymous>" }

    func attribute(_ name: String, _ interpreter: Interpreter) throws(ChatTemplateError) -> Value? {
        switch name {
        case "name": definition.name.map { .string($0.text) } ?? Value.none
        case "arguments": try interpreter.tuple(definition.parameters.map { .string($0.name.text) })
        case "catch_kwargs": .bool(definition.captures.kwargs != nil)
        case "catch_varargs": .bool(definition.captures.varargs != nil)
        case "caller": .bool(definition.captures.caller != nil)
        default: nil
        }
    }

    func call(_ arguments: Arguments, _ interpreter: Interpreter) throws(ChatTemplateError) -> Value {
        let line = interpreter.line
        let text = try interpreter.scoped(in: scope) { () throws(ChatTemplateError) in
            try self.bind(arguments, interpreter)
            return try interpreter.capture { () throws(ChatTemplateError) in
                _ = try interpreter.execute(self.definition.body)
            }
        }
        // Restored only on success: an error keeps the line inside the macro.
        interpreter.line = line
        return .string(text)
    }

    /// Binds the parameters, then the special names that the body reads; any arguments left over are an error.
    private func bind(_ arguments: Arguments, _ interpreter: Interpreter) throws(ChatTemplateError) {
        let scope = interpreter.scope
        var keywords = arguments.keywords
        func take(_ name: String) -> Value? {
            keywords.firstIndex { $0.name == name }.map { keywords.remove(at: $0).value }
        }
        for (index, parameter) in definition.parameters.enumerated() {
            let name = parameter.name
            if index < arguments.positional.count {
                scope.set(name.id, arguments.positional[index])
            } else if let value = take(name.text) {
                scope.set(name.id, value)
            } else if let expression = parameter.defaultValue {
                scope.set(name.id, try interpreter.evaluate(expression))
            } else {
                scope.set(name.id, .undefined(.because("parameter '\(name.text)' was not provided")))
            }
        }
        if let id = definition.captures.caller {
            scope.set(id, take("caller") ?? .undefined(.because("No caller defined")))
        }
        if let id = definition.captures.kwargs {
            scope.set(id, try interpreter.dict(keywords.map { (.string($0.name), $0.value) }))
        } else if let keyword = keywords.first {
            throw .runtime("macro '\(name)' takes no keyword argument '\(keyword.name)'")
        }
        let surplus = arguments.positional.dropFirst(definition.parameters.count)
        if let id = definition.captures.varargs {
            scope.set(id, try interpreter.tuple(Array(surplus)))
        } else if !surplus.isEmpty {
            throw .runtime("macro '\(name)' takes at most \(definition.parameters.count) argument(s)")
        }
    }
}

extension Interpreter {
    func define(_ definition: MacroDefinition) {
        guard let name = definition.name else { return }
        scope.set(name.id, .object(Macro(definition, scope: captureScope())))
    }

    /// Calls a macro with the block's body as its `caller` and prints the result.
    func execute(_ call: Call, caller: MacroDefinition) throws(ChatTemplateError) {
        line = call.line
        let callee = try evaluate(call.callee)
        var arguments = try evaluate(call.arguments)
        guard !arguments.keywords.contains(where: { $0.name == "caller" }) else {
            throw .runtime("a call block must not pass 'caller' itself")
        }
        arguments.keywords.append(("caller", .object(Macro(caller, scope: captureScope()))))
        try write(try string(of: try self.call(callee, arguments)))
    }
}
