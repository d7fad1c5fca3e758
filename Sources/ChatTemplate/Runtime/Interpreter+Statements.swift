extension Interpreter {
    /// The control flow after a statement.
    enum Flow {
        case normal
        case breakLoop
        case continueLoop
    }

    func execute(_ body: [Statement]) throws(ChatTemplateError) -> Flow {
        try enter()
        defer { leave() }
        for statement in body {
            let flow = try execute(statement)
            if flow != .normal { return flow }
        }
        return .normal
    }

    private func execute(_ statement: Statement) throws(ChatTemplateError) -> Flow {
        try step()
        switch statement {
        case .text(let text): try write(text)
        case .output(let expression, let line):
            self.line = line
            let value = try evaluate(expression)
            try write(try text(of: value))
        case .conditional(let branches, let otherwise): return try execute(branches, otherwise)
        case .loop(let loop): return try execute(loop)
        case .assign(let target, let expression, let line):
            self.line = line
            try assign(target, try evaluate(expression))
        case .assignBlock(let target, let filters, let body, let line):
            var flow = Flow.normal
            let text = try capture { () throws(ChatTemplateError) in
                flow = try self.scoped { () throws(ChatTemplateError) in try self.execute(body) }
            }
            guard flow == .normal else { return flow }
            self.line = line
            try assign(target, try apply(filters, to: .string(text)))
        case .macro(let definition): define(definition)
        case .callBlock(let call, let caller): try execute(call, caller: caller)
        case .filterBlock(let filters, let body, let line): return try execute(filters, body, line: line)
        case .with(let bindings, let body, let line):
            self.line = line
            return try execute(bindings, body)
        case .scope(let body): return try scoped { () throws(ChatTemplateError) in try self.execute(body) }
        case .unavailable(let message, let line): throw ChatTemplateError(.runtime, message, line: line)
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        }
        return .normal
    }

    private func execute(
        _ branches: [Statement.Branch], _ otherwise: [Statement]
    ) throws(ChatTemplateError) -> Flow {
        for branch in branches {
            line = branch.line
            if try evaluate(branch.test).isTrue { return try execute(branch.body) }
        }
        return try execute(otherwise)
    }

    private func execute(
        _ filters: [FilterCall], _ body: [Statement], line: Int
    ) throws(ChatTemplateError) -> Flow {
        var flow = Flow.normal
        let text = try capture { () throws(ChatTemplateError) in
            flow = try self.scoped { () throws(ChatTemplateError) in try self.execute(body) }
        }
        guard flow == .normal else { return flow }
        self.line = line
        try write(try string(of: try apply(filters, to: .string(text))))
        return .normal
    }

    private func apply(_ filters: [FilterCall], to value: Value) throws(ChatTemplateError) -> Value {
        var value = value
        for filter in filters { value = try apply(filter, to: value) }
        return value
    }

    /// Evaluates the values of a `with` outside its scope, then runs the body inside it.
    private func execute(
        _ bindings: [(Target, Expression)], _ body: [Statement]
    ) throws(ChatTemplateError) -> Flow {
        var values: [Value] = []
        for (_, expression) in bindings { values.append(try evaluate(expression)) }
        return try scoped { () throws(ChatTemplateError) in
            for ((target, _), value) in zip(bindings, values) { try self.assign(target, value) }
            return try self.execute(body)
        }
    }

    func assign(_ target: Target, _ value: Value) throws(ChatTemplateError) {
        switch target {
        case .name(let name): scope.set(name.id, value)
        case .attribute(let name, let attribute):
            guard case .object(let object) = lookUp(name), let namespace = object as? Namespace else {
                throw .runtime("cannot assign attribute on non-namespace object")
            }
            namespace[attribute] = value
        case .tuple(let targets):
            let values = try iterate(value)
            guard values.count == targets.count else {
                throw .runtime("expected \(targets.count) values to unpack, got \(values.count)")
            }
            for (target, value) in zip(targets, values) { try assign(target, value) }
        }
    }
}

// MARK: Loops

extension Interpreter {
    private func execute(_ loop: ForLoop) throws(ChatTemplateError) -> Flow {
        line = loop.line
        return try run(loop, over: try evaluate(loop.iterable), depth: 0)
    }

    /// Runs a loop in the current scope; `depth` counts recursive calls. As in the reference, `else` runs if no
    /// iteration reached the end of the body, even if there were iterations; a `break` in it leaves the enclosing loop.
    private func run(_ loop: ForLoop, over iterable: Value, depth: Int) throws(ChatTemplateError) -> Flow {
        let items = try filtered(try iterate(iterable), loop)
        var isCompleted = false
        let context = LoopContext(items, loop: loop, scope: loop.isRecursive ? captureScope() : nil, depth: depth)
        let value = try object(context)
        for item in items {
            try step()
            context.advance()
            let flow = try scoped { () throws(ChatTemplateError) in
                self.scope.set(loop.loopName, value)
                try self.assign(loop.target, item)
                return try self.execute(loop.body)
            }
            if flow == .breakLoop { break }
            if flow == .normal { isCompleted = true }
        }
        guard !isCompleted else { return .normal }
        return try scoped { () throws(ChatTemplateError) in try self.execute(loop.otherwise) }
    }

    private func filtered(_ items: [Value], _ loop: ForLoop) throws(ChatTemplateError) -> [Value] {
        guard let filter = loop.filter else { return items }
        var kept: [Value] = []
        for item in items {
            try step()
            let isKept = try scoped { () throws(ChatTemplateError) in
                try self.assign(loop.target, item)
                return try self.evaluate(filter).isTrue
            }
            if isKept { kept.append(item) }
        }
        return kept
    }

    /// Runs `loop(iterable)` of a recursive loop and returns the text it prints.
    func recurse(_ context: LoopContext, over iterable: Value) throws(ChatTemplateError) -> Value {
        guard let scope = context.scope else {
            throw .runtime("the loop must have the 'recursive' marker to be called recursively")
        }
        let outer = self.scope
        self.scope = scope
        defer { self.scope = outer }
        let text = try capture { () throws(ChatTemplateError) in
            _ = try self.run(context.loop, over: iterable, depth: context.depth + 1)
        }
        return .string(text)
    }
}
