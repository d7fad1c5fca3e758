extension Parser {
    /// Parses statements up to one of the tags in `endings`, whose name is then the current token; without endings, up
    /// to the end of the template.
    mutating func parseBody(until endings: Set<String>) throws(ChatTemplateError) -> [Statement] {
        try nested { parser throws(ChatTemplateError) in
            var body: [Statement] = []
            while true {
                let line = parser.line
                switch parser.current {
                case .data(let text):
                    parser.advance()
                    body.append(.text(text))
                case .variableBegin:
                    parser.advance()
                    body.append(.output(try parser.parseTuple(), line: line))
                    try parser.expect(.variableEnd)
                case .blockBegin:
                    parser.advance()
                    if case .name(let name) = parser.current, endings.contains(name) { return body }
                    body.append(contentsOf: try parser.parseStatement())
                    try parser.expect(.blockEnd)
                case .end:
                    guard endings.isEmpty else {
                        throw parser.failure(
                            "unexpected end of template, expected \(endings.sorted().joined(separator: " or "))")
                    }
                    return body
                default:
                    throw parser.failure("unexpected '\(parser.current)'")
                }
            }
        }
    }

    /// Parses the body after a tag's head, and the end tag.
    private mutating func parseBlock(_ ending: String) throws(ChatTemplateError) -> [Statement] {
        let body = try parseBranch([ending])
        advance()
        return body
    }

    private mutating func parseBranch(_ endings: Set<String>) throws(ChatTemplateError) -> [Statement] {
        _ = skip(.colon)
        try expect(.blockEnd)
        return try parseBody(until: endings)
    }

    /// Parses a body that a `break` cannot leave and to which enclosing conditions do not apply.
    private mutating func parseFunctionBody(_ ending: String) throws(ChatTemplateError) -> [Statement] {
        let loops = loopDepth
        loopDepth = 0
        defer { loopDepth = loops }
        return try parseScopedBlock(ending)
    }

    private mutating func parseScopedBlock(_ ending: String) throws(ChatTemplateError) -> [Statement] {
        try withConditional(false) { parser throws(ChatTemplateError) in try parser.parseBlock(ending) }
    }

    private mutating func parseStatement() throws(ChatTemplateError) -> [Statement] {
        let start = index
        let line = line
        let tag = try expectName()
        switch tag {
        case "if": return [try parseIf(line)]
        case "for": return [try parseFor(line)]
        case "set": return [try parseSet(line)]
        case "macro": return [try parseMacro(line)]
        case "call": return [try parseCallBlock(line)]
        case "filter":
            var filters = [try parseFilterCall()]
            while skip(.pipe) { filters.append(try parseFilterCall()) }
            return [.filterBlock(filters, body: try parseScopedBlock("endfilter"), line: line)]
        case "with": return [try parseWith(line)]
        case "print": return try parsePrint(line)
        case "generation": return [.scope(try parseFunctionBody("endgeneration"))]
        case "block":
            let name = try expectName()
            while skip(name: "scoped") || skip(name: "required") {}
            let body = try parseFunctionBody("endblock")
            _ = skip(name: name)
            return [.scope(body)]
        case "break", "continue":
            guard loopDepth > 0 else { throw failure("'\(tag)' outside of a loop", at: start) }
            return [tag == "break" ? .breakLoop : .continueLoop]
        case "include", "import", "from", "extends":
            while current != .blockEnd, current != .end { advance() }
            return [.unavailable("'\(tag)' needs other templates, which a chat template does not have", line: line)]
        default:
            throw failure("unknown tag '\(tag)'", at: start)
        }
    }

    private mutating func parsePrint(_ line: Int) throws(ChatTemplateError) -> [Statement] {
        var outputs: [Statement] = []
        while current != .blockEnd {
            if !outputs.isEmpty { try expect(.comma) }
            outputs.append(.output(try parseExpression(), line: line))
        }
        return outputs
    }

    private mutating func parseIf(_ line: Int) throws(ChatTemplateError) -> Statement {
        try withConditional(true) { parser throws(ChatTemplateError) in
            var branches: [Statement.Branch] = []
            var testLine = line
            while true {
                let test = try parser.parseTuple(allowsConditional: false)
                let body = try parser.parseBranch(["elif", "else", "endif"])
                branches.append(Statement.Branch(test: test, body: body, line: testLine))
                testLine = parser.line
                let ending = try parser.expectName()
                if ending == "elif" { continue }
                let otherwise = ending == "else" ? try parser.parseBlock("endif") : []
                return .conditional(branches, otherwise: otherwise)
            }
        }
    }

    private mutating func parseFor(_ line: Int) throws(ChatTemplateError) -> Statement {
        forDepth += 1
        defer { forDepth -= 1 }
        let target = try parseTarget()
        guard skip(name: "in") else { throw failure("expected 'in', got '\(current)'") }
        let iterable = try parseTuple(allowsConditional: false)
        let filter = skip(name: "if") ? try parseExpression() : nil
        let isRecursive = skip(name: "recursive")
        return try withConditional(false) { parser throws(ChatTemplateError) in
            parser.loopDepth += 1
            let body = try parser.parseBranch(["endfor", "else"])
            parser.loopDepth -= 1
            let otherwise = try parser.expectName() == "else" ? try parser.parseBlock("endfor") : []
            let loop = ForLoop(
                target: target, iterable: iterable, filter: filter, isRecursive: isRecursive, body: body,
                otherwise: otherwise, loopName: parser.variable("loop").id, line: line)
            return .loop(loop)
        }
    }

    private mutating func parseSet(_ line: Int) throws(ChatTemplateError) -> Statement {
        let target = try parseTarget(allowsAttributes: true)
        if skip(.assign) { return .assign(target, try parseTuple(), line: line) }
        var filters: [FilterCall] = []
        while skip(.pipe) { filters.append(try parseFilterCall()) }
        return .assignBlock(target, filters: filters, body: try parseScopedBlock("endset"), line: line)
    }

    private mutating func parseWith(_ line: Int) throws(ChatTemplateError) -> Statement {
        var bindings: [(Target, Expression)] = []
        while current != .blockEnd {
            if !bindings.isEmpty { try expect(.comma) }
            let target = try parseTarget()
            try expect(.assign)
            bindings.append((target, try parseExpression()))
        }
        return .with(bindings, body: try parseScopedBlock("endwith"), line: line)
    }
}

// MARK: Targets

extension Parser {
    /// Parses one name or a tuple of them.
    private mutating func parseTarget(allowsAttributes: Bool = false) throws(ChatTemplateError) -> Target {
        var targets: [Target] = []
        var isTuple = false
        while true {
            if isTuple, endsTuple { break }
            targets.append(try parseSingleTarget(allowsAttributes: allowsAttributes))
            guard skip(.comma) else { break }
            isTuple = true
        }
        return isTuple ? .tuple(targets) : targets[0]
    }

    private mutating func parseSingleTarget(allowsAttributes: Bool) throws(ChatTemplateError) -> Target {
        if skip(.leftParenthesis) {
            return try nested { parser throws(ChatTemplateError) in
                let target = try parser.parseTarget()
                try parser.expect(.rightParenthesis)
                return target
            }
        }
        let start = index
        guard case .name(let text) = current, !Parser.constants.contains(text) else {
            throw failure("cannot assign to '\(current)'")
        }
        advance()
        guard allowsAttributes, skip(.dot) else { return .name(try assignable(text, at: start)) }
        return .attribute(readVariable(text), try expectName())
    }

    mutating func assignable(_ text: String, at place: Int) throws(ChatTemplateError) -> VariableName {
        guard !Parser.constants.contains(text), text != "loop" || forDepth == 0 else {
            throw failure("cannot assign to '\(text)'", at: place)
        }
        return variable(text)
    }
}

// MARK: Macros

extension Parser {
    private mutating func parseMacro(_ line: Int) throws(ChatTemplateError) -> Statement {
        let start = index
        let name = try assignable(try expectName(), at: start)
        let definition = try parseDefinition(name: name, ending: "endmacro", line: line)
        return .macro(definition)
    }

    private mutating func parseCallBlock(_ line: Int) throws(ChatTemplateError) -> Statement {
        namesRead.append([])
        let parameters = isSymbol(.leftParenthesis) ? try parseParameters() : []
        let readByDefaults = namesRead.removeLast()
        let start = index
        guard case .call(let call) = try parseExpression() else { throw failure("expected a call", at: start) }
        namesRead.append(readByDefaults)
        return .callBlock(call, caller: try finishDefinition(nil, parameters, ending: "endcall", line: line))
    }

    private mutating func parseDefinition(
        name: VariableName, ending: String, line: Int
    ) throws(ChatTemplateError) -> MacroDefinition {
        namesRead.append([])
        let parameters = try parseParameters()
        return try finishDefinition(name, parameters, ending: ending, line: line)
    }

    /// Parses the body; the top of `namesRead` holds the names read since the parameters began.
    private mutating func finishDefinition(
        _ name: VariableName?, _ parameters: [MacroDefinition.Parameter], ending: String, line: Int
    ) throws(ChatTemplateError) -> MacroDefinition {
        let start = index
        let body = try parseFunctionBody(ending)
        let read = namesRead.removeLast()
        if !namesRead.isEmpty { namesRead[namesRead.count - 1].formUnion(read) }
        if let caller = parameters.first(where: { $0.name.text == "caller" }), caller.defaultValue == nil,
            read.contains(caller.name.id)
        {
            throw failure("the parameter 'caller' must have a default", at: start)
        }
        func captured(_ text: String) -> Int? {
            guard let id = ids[text], read.contains(id), !parameters.contains(where: { $0.name.id == id }) else {
                return nil
            }
            return id
        }
        let captures = MacroDefinition.Captures(
            varargs: captured("varargs"), kwargs: captured("kwargs"), caller: captured("caller"))
        return MacroDefinition(name: name, parameters: parameters, captures: captures, body: body, line: line)
    }

    private mutating func parseParameters() throws(ChatTemplateError) -> [MacroDefinition.Parameter] {
        var parameters: [MacroDefinition.Parameter] = []
        try expect(.leftParenthesis)
        while !isSymbol(.rightParenthesis) {
            if !parameters.isEmpty { try expect(.comma) }
            let start = index
            let name = try assignable(try expectName(), at: start)
            if parameters.contains(where: { $0.name.id == name.id }) {
                throw failure("duplicate parameter '\(name.text)'", at: start)
            }
            var parameter = MacroDefinition.Parameter(name: name)
            if skip(.assign) {
                parameter.defaultValue = try parseExpression()
            } else if parameters.last?.defaultValue != nil {
                throw failure("parameter '\(name.text)' without a default follows one with a default", at: start)
            }
            parameters.append(parameter)
        }
        try expect(.rightParenthesis)
        return parameters
    }
}
