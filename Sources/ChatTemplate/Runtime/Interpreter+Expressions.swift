extension Interpreter {
    func evaluate(_ expression: Expression) throws(ChatTemplateError) -> Value {
        switch expression {
        case .literal(let literal): return Value(literal)
        case .name(let name): return lookUp(name)
        default:
            try step()
            try enter()
            defer { leave() }
            return try evaluateCompound(expression)
        }
    }

    func lookUp(_ name: VariableName) -> Value {
        scope.lookUp(name.id) ?? Globals.table[name.text].map(Value.object) ?? .undefined(.name(name.text))
    }

    private func evaluateCompound(_ expression: Expression) throws(ChatTemplateError) -> Value {
        switch expression {
        case .literal(let literal): return Value(literal)
        case .name(let name): return lookUp(name)
        case .list(let elements): return try list(try evaluate(elements))
        case .tuple(let elements): return try tuple(try evaluate(elements))
        case .dict(let members): return try evaluateDict(members)
        case .attribute(let base, let name): return try attribute(name, of: try evaluate(base))
        case .subscripted(let base, let index):
            return try subscripted(try evaluate(base), by: try evaluate(index))
        case .slice(let base, let start, let stop, let step):
            return try slice(
                try evaluate(base), start: try optional(start), stop: try optional(stop), step: try optional(step))
        case .call(let call):
            let callee = try evaluate(call.callee)
            let arguments = try evaluate(call.arguments)
            line = call.line
            return try self.call(callee, arguments)
        case .filter(let operand, let filter): return try apply(filter, to: try evaluate(operand))
        case .test(let operand, let test): return try apply(test, to: try evaluate(operand))
        case .not(let operand): return .bool(!(try evaluate(operand).isTrue))
        case .negate(let operand): return try negate(try evaluate(operand))
        case .plus(let operand): return try plus(try evaluate(operand))
        case .arithmetic(let first, let operands):
            var value = try evaluate(first)
            for (operation, operand) in operands { value = try compute(operation, value, try evaluate(operand)) }
            return value
        case .concatenate(let operands): return try concatenate(operands)
        case .compare(let first, let operands): return try compare(first, operands)
        case .and(let operands): return try firstOperand(operands, isTrue: false)
        case .or(let operands): return try firstOperand(operands, isTrue: true)
        case .conditional(let test, let then, let otherwise):
            if try evaluate(test).isTrue { return try evaluate(then) }
            guard let otherwise else {
                return .undefined(.because("the inline if-expression evaluated to false and has no else section"))
            }
            return try evaluate(otherwise)
        }
    }

    private func optional(_ expression: Expression?) throws(ChatTemplateError) -> Value {
        guard let expression else { return .none }
        return try evaluate(expression)
    }

    private func evaluate(_ expressions: [Expression]) throws(ChatTemplateError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(expressions.count)
        for expression in expressions { values.append(try evaluate(expression)) }
        return values
    }

    private func evaluateDict(
        _ members: [(key: Expression, value: Expression)]
    ) throws(ChatTemplateError) -> Value {
        var pairs: [(key: Value, value: Value)] = []
        for (key, value) in members { pairs.append((try evaluate(key), try evaluate(value))) }
        return try dict(pairs)
    }

    /// The first operand whose truth value is `isTrue`, else the last.
    private func firstOperand(_ operands: [Expression], isTrue: Bool) throws(ChatTemplateError) -> Value {
        for operand in operands.dropLast() {
            let value = try evaluate(operand)
            if value.isTrue == isTrue { return value }
        }
        return try evaluate(operands[operands.count - 1])
    }

    private func concatenate(_ operands: [Expression]) throws(ChatTemplateError) -> Value {
        var text = ""
        for value in try evaluate(operands) {
            text += try self.text(of: value)
            guard text.utf8.count <= limits.outputBytes else { break }
        }
        return try string(text)
    }

    private func compare(
        _ first: Expression, _ operands: [(ComparisonOperator, Expression)]
    ) throws(ChatTemplateError) -> Value {
        var left = try evaluate(first)
        for (operation, operand) in operands {
            let right = try evaluate(operand)
            guard try holds(operation, left, right) else { return .bool(false) }
            left = right
        }
        return .bool(true)
    }

    // MARK: Calls

    func evaluate(_ arguments: CallArguments) throws(ChatTemplateError) -> Arguments {
        guard !arguments.isEmpty else { return Arguments() }
        var evaluated = Arguments(positional: try evaluate(arguments.positional))
        for (name, expression) in arguments.keywords { evaluated.keywords.append((name, try evaluate(expression))) }
        if let expression = arguments.unpackedPositional {
            evaluated.positional.append(contentsOf: try iterate(try evaluate(expression)))
        }
        if let expression = arguments.unpackedKeywords {
            guard case .dict(let dict) = try evaluate(expression) else {
                throw .runtime("the argument after ** must be a mapping")
            }
            for (key, value) in zip(dict.keys, dict.values) {
                guard let name = key.text else { throw .runtime("keywords must be strings") }
                guard !evaluated.keywords.contains(where: { $0.name == name }) else {
                    throw .runtime("got multiple values for keyword argument '\(name)'")
                }
                evaluated.keywords.append((name, value))
            }
        }
        return evaluated
    }

    func call(_ callee: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        switch callee {
        case .object(let object): return try object.call(arguments, self)
        case .undefined(let undefined): throw undefined.error
        default: throw .runtime("'\(callee.typeName)' object is not callable")
        }
    }

    func apply(_ filter: FilterCall, to value: Value) throws(ChatTemplateError) -> Value {
        guard let operation = filter.operation else {
            throw ChatTemplateError(.runtime, "no filter named '\(filter.name)'", line: filter.line)
        }
        let arguments = try evaluate(filter.arguments)
        line = filter.line
        return try operation.run(value, arguments, self, name: filter.name)
    }

    private func apply(_ test: TestCall, to value: Value) throws(ChatTemplateError) -> Value {
        guard let operation = test.operation else {
            throw ChatTemplateError(.runtime, "no test named '\(test.name)'", line: test.line)
        }
        return try operation.run(value, try evaluate(test.arguments), self, name: test.name)
    }
}

extension Value {
    init(_ literal: Literal) {
        self =
            switch literal {
            case .none: .none
            case .bool(let value): .bool(value)
            case .integer(let value): .integer(value)
            case .double(let value): .double(value)
            case .string(let text): .string(text)
            }
    }
}
