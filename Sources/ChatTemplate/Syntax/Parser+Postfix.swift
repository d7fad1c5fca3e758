/// Parsing of the suffixes of an operand. Each one nests the tree by a level and counts towards the depth, which
/// `parseUnary` restores.
extension Parser {
    private mutating func deepen() throws(ChatTemplateError) {
        depth += 1
        guard depth <= RenderLimits.syntaxNesting else {
            throw failure("nested more than \(RenderLimits.syntaxNesting) levels deep")
        }
    }

    mutating func parsePostfix(_ operand: Expression) throws(ChatTemplateError) -> Expression {
        var expression = operand
        while true {
            switch current {
            case .symbol(.dot): expression = try parseAttribute(of: expression)
            case .symbol(.leftBracket): expression = try parseSubscript(of: expression)
            case .symbol(.leftParenthesis): expression = try parseCall(of: expression)
            default: return expression
            }
            try deepen()
        }
    }

    mutating func parseFiltersAndTests(_ operand: Expression) throws(ChatTemplateError) -> Expression {
        var expression = operand
        while true {
            switch current {
            case .symbol(.pipe):
                advance()
                expression = .filter(expression, try parseFilterCall())
            case .name("is"): expression = try parseTest(of: expression)
            case .symbol(.leftParenthesis): expression = try parseCall(of: expression)
            default: return expression
            }
            try deepen()
        }
    }

    private mutating func parseAttribute(of base: Expression) throws(ChatTemplateError) -> Expression {
        try expect(.dot)
        switch current {
        case .name(let name):
            advance()
            return .attribute(base, name)
        case .integer(let index):
            advance()
            return .subscripted(base, .literal(.integer(index)))
        default: throw failure("expected a name or a number, got '\(current)'")
        }
    }

    private mutating func parseSubscript(of base: Expression) throws(ChatTemplateError) -> Expression {
        try expect(.leftBracket)
        if skip(.rightBracket) { return .subscripted(base, .tuple([])) }
        let start = isSymbol(.colon) ? nil : try parseExpression()
        if skip(.colon) {
            let stop = try parseSliceBound()
            let step = skip(.colon) ? try parseSliceBound() : nil
            try expect(.rightBracket)
            return .slice(base, start: start, stop: stop, step: step)
        }
        guard let first = start else { throw failure("expected a subscript") }
        var indices = [first]
        while skip(.comma) { indices.append(try parseExpression()) }
        try expect(.rightBracket)
        return .subscripted(base, indices.count == 1 ? first : .tuple(indices))
    }

    private mutating func parseSliceBound() throws(ChatTemplateError) -> Expression? {
        isSymbol(.colon) || isSymbol(.rightBracket) ? nil : try parseExpression()
    }

    private mutating func parseCall(of callee: Expression) throws(ChatTemplateError) -> Expression {
        let line = line
        return .call(Call(callee: callee, arguments: try parseArguments(), line: line))
    }

    private mutating func parseArguments() throws(ChatTemplateError) -> CallArguments {
        var arguments = CallArguments()
        try expect(.leftParenthesis)
        while !isSymbol(.rightParenthesis) {
            try parseArgument(into: &arguments)
            guard skip(.comma) else { break }
        }
        try expect(.rightParenthesis)
        return arguments
    }

    private mutating func parseArgument(into arguments: inout CallArguments) throws(ChatTemplateError) {
        let takesPositional = arguments.unpackedPositional == nil && arguments.unpackedKeywords == nil
        if takesPositional, skip(.multiply) {
            arguments.unpackedPositional = try parseExpression()
        } else if arguments.unpackedKeywords == nil, skip(.power) {
            arguments.unpackedKeywords = try parseExpression()
        } else if arguments.unpackedKeywords == nil, case .name(let name) = current, next == .symbol(.assign) {
            if arguments.keywords.contains(where: { $0.name == name }) {
                throw failure("the argument '\(name)' is given twice")
            }
            advance()
            advance()
            arguments.keywords.append((name, try parseExpression()))
        } else if takesPositional, arguments.keywords.isEmpty {
            arguments.positional.append(try parseExpression())
        } else {
            throw failure("invalid syntax for function call expression")
        }
    }

    private mutating func parseOperationName() throws(ChatTemplateError) -> String {
        var name = try expectName()
        while skip(.dot) { name += "." + (try expectName()) }
        return name
    }

    mutating func parseFilterCall() throws(ChatTemplateError) -> FilterCall {
        let start = index
        let name = try parseOperationName()
        let operation = Filters.table[name]
        if operation == nil, !isConditional {
            unknownOperations.append(failure("no filter named '\(name)'", at: start))
        }
        let arguments = isSymbol(.leftParenthesis) ? try parseArguments() : CallArguments()
        return FilterCall(name: name, operation: operation, arguments: arguments, line: tokens[start].line)
    }

    private mutating func parseTest(of operand: Expression) throws(ChatTemplateError) -> Expression {
        let line = line
        advance()
        let isNegated = skip(name: "not")
        let start = index
        let name = try parseOperationName()
        let operation = Tests.table[name]
        if operation == nil, !isConditional {
            unknownOperations.append(failure("no test named '\(name)'", at: start))
        }
        let test = Expression.test(
            operand, TestCall(name: name, operation: operation, arguments: try parseTestArguments(), line: line))
        return isNegated ? .not(test) : test
    }

    /// Parses a test's arguments; a single one needs no parentheses: `is divisibleby 3`.
    private mutating func parseTestArguments() throws(ChatTemplateError) -> CallArguments {
        switch current {
        case .symbol(.leftParenthesis): return try parseArguments()
        case .name("else"), .name("or"), .name("and"): return CallArguments()
        case .name("is"): throw failure("tests cannot be chained with 'is'")
        case .name, .string, .integer, .float, .symbol(.leftBracket), .symbol(.leftBrace):
            let operand = try nested { p throws(ChatTemplateError) in try p.parsePostfix(try p.parsePrimary()) }
            return CallArguments(positional: [operand])
        default: return CallArguments()
        }
    }
}
