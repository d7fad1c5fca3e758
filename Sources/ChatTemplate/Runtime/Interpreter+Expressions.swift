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

    /// Every recursion passes through here, so this stack frame is kept small: cases with intermediate values call
    /// functions that are not inlined.
    private func evaluateCompound(_ expression: Expression) throws(ChatTemplateError) -> Value {
        switch expression {
        case .literal(let literal): return Value(literal)
        case .name(let name): return lookUp(name)
        case .list(let elements): return try list(try evaluate(elements))
        case .tuple(let elements): return try tuple(try evaluate(elements))
        case .dict(let members): return try evaluateDict(members)
        case .attribute(let base, let name): return try attribute(name, ofResultOf: base)
        case .subscripted(let base, let index): return try subscripted(base, by: index)
        case .slice(let base, let start, let stop, let step): return try slice(base, start, stop, step)
        case .call(let call): return try self.call(call)
        case .filter(let operand, let filter): return try apply(filter, toResultOf: operand)
        case .test(let operand, let test): return try apply(test, toResultOf: operand)
        case .not(let operand): return .bool(!(try isTrue(operand)))
        case .negate(let operand): return try negate(try evaluate(operand))
        case .plus(let operand): return try plus(try evaluate(operand))
        case .arithmetic(let first, let operands): return try compute(first, operands)
        case .concatenate(let operands): return try concatenate(operands)
        case .compare(let first, let operands): return try compare(first, operands)
        case .and(let operands): return try firstOperand(operands, isTrue: false)
        case .or(let operands): return try firstOperand(operands, isTrue: true)
        case .conditional(let test, let then, let otherwise):
            if try isTrue(test) { return try evaluate(then) }
            guard let otherwise else {
                return .undefined(.because("the inline if-expression evaluated to false and has no else section"))
            }
            return try evaluate(otherwise)
        }
    }

    @inline(never)
    private func isTrue(_ expression: Expression) throws(ChatTemplateError) -> Bool { try evaluate(expression).isTrue }

    @inline(never)
    private func attribute(_ name: String, ofResultOf base: Expression) throws(ChatTemplateError) -> Value {
        try attribute(name, of: try evaluate(base))
    }

    @inline(never)
    private func subscripted(_ base: Expression, by index: Expression) throws(ChatTemplateError) -> Value {
        try subscripted(try evaluate(base), by: try evaluate(index))
    }

    @inline(never)
    private func slice(
        _ base: Expression, _ start: Expression?, _ stop: Expression?, _ step: Expression?
    ) throws(ChatTemplateError) -> Value {
        try slice(
            try evaluate(base), start: try optional(start), stop: try optional(stop), step: try optional(step))
    }

    @inline(never)
    private func compute(
        _ first: Expression, _ operands: [(ArithmeticOperator, Expression)]
    ) throws(ChatTemplateError) -> Value {
        var value = try evaluate(first)
        for (operation, operand) in operands { value = try compute(operation, value, try evaluate(operand)) }
        return value
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

    @inline(never)
    private func evaluateDict(
        _ members: [(key: Expression, value: Expression)]
    ) throws(ChatTemplateError) -> Value {
        var pairs: [(key: Value, value: Value)] = []
        for (key, value) in members { pairs.append((try evaluate(key), try evaluate(value))) }
        return try dict(pairs)
    }

    /// The first operand whose truth value is `isTrue`, else the last.
    @inline(never)
    private func firstOperand(_ operands: [Expression], isTrue: Bool) throws(ChatTemplateError) -> Value {
        for operand in operands.dropLast() {
            let value = try evaluate(operand)
            if value.isTrue == isTrue { return value }
        }
        return try evaluate(operands[operands.count - 1])
    }

    @inline(never)
    private func concatenate(_ operands: [Expression]) throws(ChatTemplateError) -> Value {
        var text = ""
        for value in try evaluate(operands) {
            text += try self.text(of: value)
            guard text.utf8.count <= limits.outputBytes else { break }
        }
        return try string(text)
    }

    @inline(never)
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

    @inline(never)
    private func call(_ call: Call) throws(ChatTemplateError) -> Value {
        let callee = try evaluate(call.callee)
        let arguments = try evaluate(call.arguments)
        line = call.line
        return try self.call(callee, arguments)
    }

    func call(_ callee: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
        switch callee {
        case .object(let object): return try object.call(arguments, self)
        case .undefined(let undefined): throw undefined.error
        default: throw .runtime("'\(callee.typeName)' object is not callable")
        }
    }

    @inline(never)
    private func apply(_ filter: FilterCall, toResultOf operand: Expression) throws(ChatTemplateError) -> Value {
        try apply(filter, to: try evaluate(operand))
    }

    func apply(_ filter: FilterCall, to value: Value) throws(ChatTemplateError) -> Value {
        guard let operation = filter.operation else {
            throw ChatTemplateError(.runtime, "no filter named '\(filter.name)'", line: filter.line)
        }
        let arguments = try evaluate(filter.arguments)
        line = filter.line
        return try operation.run(value, arguments, self, name: filter.name)
    }

    @inline(never)
    private func apply(_ test: TestCall, toResultOf operand: Expression) throws(ChatTemplateError) -> Value {
        let value = try evaluate(operand)
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
