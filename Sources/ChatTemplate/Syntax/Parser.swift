/// A recursive-descent parser with Jinja's grammar.
struct Parser {
    let tokens: [Token]
    var index = 0
    var depth = 0
    /// Number of enclosing loops that a `break` can leave.
    var loopDepth = 0
    /// Number of enclosing loops, inside which the name `loop` is reserved.
    var forDepth = 0
    /// Whether the parser is inside a condition, where an unknown filter or test fails only when it is reached.
    var isConditional = false
    /// Errors for unknown filters and tests outside conditions.
    var unknownOperations: [ChatTemplateError] = []
    var names: [String] = []
    var ids: [String: Int] = [:]
    /// For each enclosing macro, the ids of the names that its body reads.
    var namesRead: [Set<Int>] = []

    static func parse(_ source: String) throws(ChatTemplateError) -> Program {
        var parser = Parser(tokens: try Lexer.tokenize(source))
        let body = try parser.parseBody(until: [])
        if let error = parser.unknownOperations.first { throw error }
        return Program(body: body, names: parser.names)
    }

    private init(tokens: [Token]) { self.tokens = tokens }

    // MARK: Names

    mutating func variable(_ text: String) -> VariableName {
        if let id = ids[text] { return VariableName(id: id, text: text) }
        ids[text] = names.count
        names.append(text)
        return VariableName(id: names.count - 1, text: text)
    }

    mutating func readVariable(_ text: String) -> VariableName {
        let name = variable(text)
        if !namesRead.isEmpty { namesRead[namesRead.count - 1].insert(name.id) }
        return name
    }

    // MARK: Tokens

    var current: Token.Kind { tokens[index].kind }
    var next: Token.Kind { tokens[min(index + 1, tokens.count - 1)].kind }
    var line: Int { tokens[index].line }

    mutating func advance() {
        if index < tokens.count - 1 { index += 1 }
    }

    func isName(_ name: String) -> Bool { current == .name(name) }
    func isSymbol(_ symbol: Symbol) -> Bool { current == .symbol(symbol) }

    mutating func skip(_ kind: Token.Kind) -> Bool {
        guard current == kind else { return false }
        advance()
        return true
    }

    mutating func skip(_ symbol: Symbol) -> Bool { skip(.symbol(symbol)) }
    mutating func skip(name: String) -> Bool { skip(.name(name)) }

    mutating func expect(_ kind: Token.Kind) throws(ChatTemplateError) {
        guard skip(kind) else { throw failure("expected '\(kind)', got '\(current)'") }
    }

    mutating func expect(_ symbol: Symbol) throws(ChatTemplateError) { try expect(.symbol(symbol)) }

    mutating func expectName() throws(ChatTemplateError) -> String {
        guard case .name(let name) = current else { throw failure("expected a name, got '\(current)'") }
        advance()
        return name
    }

    /// A syntax error at a token; nil for the current one.
    func failure(_ message: String, at place: Int? = nil) -> ChatTemplateError {
        let token = tokens[place ?? index]
        return ChatTemplateError(.syntax, message, line: token.line, column: token.column)
    }

    /// Runs `body` one nesting level deeper; throws beyond the limit.
    mutating func nested<Result>(
        _ body: (inout Parser) throws(ChatTemplateError) -> Result
    ) throws(ChatTemplateError) -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= RenderLimits.syntaxNesting else {
            throw failure("nested more than \(RenderLimits.syntaxNesting) levels deep")
        }
        return try body(&self)
    }

    /// Runs `body` with `isConditional` set to `value`, then restores it.
    mutating func withConditional<Result>(
        _ value: Bool, _ body: (inout Parser) throws(ChatTemplateError) -> Result
    ) throws(ChatTemplateError) -> Result {
        let saved = isConditional
        isConditional = value
        defer { isConditional = saved }
        return try body(&self)
    }
}
