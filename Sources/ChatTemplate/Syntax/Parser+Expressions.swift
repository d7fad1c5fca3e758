extension Parser {
    static let constants: Set<String> = ["true", "false", "none", "True", "False", "None"]

    mutating func parseExpression() throws(ChatTemplateError) -> Expression {
        try nested { parser throws(ChatTemplateError) in try parser.parseConditional() }
    }

    private mutating func parseConditional() throws(ChatTemplateError) -> Expression {
        let unknownBefore = unknownOperations.count
        var expression = try parseOr()
        while skip(name: "if") {
            let test = try parseOr()
            let otherwise = skip(name: "else") ? try parseExpression() : nil
            expression = .conditional(test: test, then: expression, otherwise: otherwise)
            unknownOperations.removeSubrange(unknownBefore...)
        }
        return expression
    }

    mutating func parseOr() throws(ChatTemplateError) -> Expression {
        var operands = [try parseAnd()]
        while skip(name: "or") { operands.append(try parseAnd()) }
        return operands.count == 1 ? operands[0] : .or(operands)
    }

    private mutating func parseAnd() throws(ChatTemplateError) -> Expression {
        var operands = [try parseNot()]
        while skip(name: "and") { operands.append(try parseNot()) }
        return operands.count == 1 ? operands[0] : .and(operands)
    }

    private mutating func parseNot() throws(ChatTemplateError) -> Expression {
        guard skip(name: "not") else { return try parseComparison() }
        return .not(try nested { parser throws(ChatTemplateError) in try parser.parseNot() })
    }

    private mutating func parseComparison() throws(ChatTemplateError) -> Expression {
        let first = try parseSum()
        var operands: [(ComparisonOperator, Expression)] = []
        while let comparison = skipComparison() { operands.append((comparison, try parseSum())) }
        return operands.isEmpty ? first : .compare(first, operands)
    }

    private mutating func skipComparison() -> ComparisonOperator? {
        switch current {
        case .symbol(let symbol):
            guard let comparison = ComparisonOperator(rawValue: symbol.rawValue) else { return nil }
            advance()
            return comparison
        case .name("in"):
            advance()
            return .isIn
        case .name("not") where next == .name("in"):
            advance()
            advance()
            return .notIn
        default: return nil
        }
    }

    private mutating func parseSum() throws(ChatTemplateError) -> Expression {
        let first = try parseConcatenation()
        var operands: [(ArithmeticOperator, Expression)] = []
        while let operation = skipOperator([.add, .subtract]) {
            operands.append((operation, try parseConcatenation()))
        }
        return operands.isEmpty ? first : .arithmetic(first, operands)
    }

    private mutating func parseConcatenation() throws(ChatTemplateError) -> Expression {
        var operands = [try parseProduct()]
        while skip(.tilde) { operands.append(try parseProduct()) }
        return operands.count == 1 ? operands[0] : .concatenate(operands)
    }

    private mutating func parseProduct() throws(ChatTemplateError) -> Expression {
        let first = try parsePower()
        var operands: [(ArithmeticOperator, Expression)] = []
        while let operation = skipOperator([.multiply, .divide, .floorDivide, .modulo]) {
            operands.append((operation, try parsePower()))
        }
        return operands.isEmpty ? first : .arithmetic(first, operands)
    }

    private mutating func parsePower() throws(ChatTemplateError) -> Expression {
        let first = try parseUnary()
        var operands: [(ArithmeticOperator, Expression)] = []
        while let operation = skipOperator([.power]) { operands.append((operation, try parseUnary())) }
        return operands.isEmpty ? first : .arithmetic(first, operands)
    }

    private mutating func skipOperator(_ operators: [ArithmeticOperator]) -> ArithmeticOperator? {
        guard case .symbol(let symbol) = current, let operation = ArithmeticOperator(rawValue: symbol.rawValue),
            operators.contains(operation)
        else { return nil }
        advance()
        return operation
    }

    private mutating func parseUnary(allowsFilters: Bool = true) throws(ChatTemplateError) -> Expression {
        let depthBefore = depth
        defer { depth = depthBefore }
        var expression: Expression
        if skip(.subtract) {
            expression = .negate(try nested { p throws(ChatTemplateError) in try p.parseUnary(allowsFilters: false) })
        } else if skip(.add) {
            expression = .plus(try nested { p throws(ChatTemplateError) in try p.parseUnary(allowsFilters: false) })
        } else {
            expression = try parsePrimary()
        }
        expression = try parsePostfix(expression)
        return allowsFilters ? try parseFiltersAndTests(expression) : expression
    }

    mutating func parsePrimary() throws(ChatTemplateError) -> Expression {
        switch current {
        case .name(let name):
            advance()
            switch name {
            case "true", "True": return .literal(.bool(true))
            case "false", "False": return .literal(.bool(false))
            case "none", "None": return .literal(.none)
            default: return .name(readVariable(name))
            }
        case .string(var text):
            advance()
            while case .string(let more) = current {
                text += more
                advance()
            }
            return .literal(.string(text))
        case .integer(let value):
            advance()
            return .literal(.integer(value))
        case .float(let value):
            advance()
            return .literal(.double(value))
        case .symbol(.leftParenthesis):
            advance()
            let expression = try parseTuple(allowsEmpty: true)
            try expect(.rightParenthesis)
            return expression
        case .symbol(.leftBracket): return try parseList()
        case .symbol(.leftBrace): return try parseDict()
        default: throw failure("unexpected '\(current)'")
        }
    }

    /// Parses an expression, or a tuple if commas follow.
    mutating func parseTuple(
        allowsConditional: Bool = true, allowsEmpty: Bool = false
    ) throws(ChatTemplateError) -> Expression {
        try nested { parser throws(ChatTemplateError) in
            var elements: [Expression] = []
            var isTuple = false
            while !parser.endsTuple {
                elements.append(allowsConditional ? try parser.parseExpression() : try parser.parseOr())
                guard parser.skip(.comma) else { break }
                isTuple = true
            }
            if !isTuple, let element = elements.first { return element }
            guard isTuple || allowsEmpty else {
                throw parser.failure("expected an expression, got '\(parser.current)'")
            }
            return .tuple(elements)
        }
    }

    var endsTuple: Bool {
        switch current {
        case .variableEnd, .blockEnd, .symbol(.rightParenthesis): true
        default: false
        }
    }

    private mutating func parseList() throws(ChatTemplateError) -> Expression {
        try expect(.leftBracket)
        var elements: [Expression] = []
        while !isSymbol(.rightBracket) {
            elements.append(try parseExpression())
            guard skip(.comma) else { break }
        }
        try expect(.rightBracket)
        return .list(elements)
    }

    private mutating func parseDict() throws(ChatTemplateError) -> Expression {
        try expect(.leftBrace)
        var members: [(key: Expression, value: Expression)] = []
        while !isSymbol(.rightBrace) {
            let key = try parseExpression()
            try expect(.colon)
            members.append((key, try parseExpression()))
            guard skip(.comma) else { break }
        }
        try expect(.rightBrace)
        return .dict(members)
    }
}
