extension TraitAnalysis {
    mutating func read(_ body: [Statement]) {
        for statement in body where takeStep() { read(statement) }
    }

    private mutating func read(_ statement: Statement) {
        switch statement {
        case .text, .unavailable, .breakLoop, .continueLoop: break
        case .output(let expression, _): readAsText(meaning(of: expression))
        case .conditional(let branches, let otherwise): read(branches[...], otherwise)
        case .loop(let loop): read(loop)
        case .assign(let target, let value, _): assign(value, to: target)
        case .assignBlock(let target, let filters, let body, _):
            scoped { $0.read(body) }
            read(filters)
            bind(target, [])
        case .macro(let definition):
            if let name = definition.name { macros[name.id] = definition }
        case .callBlock(let call, let caller):
            _ = meaning(of: .call(call))
            scoped { $0.read(caller.body) }
        case .filterBlock(let filters, let body, _):
            scoped { $0.read(body) }
            read(filters)
        case .with(let bindings, let body, _):
            scoped { analysis in
                for (target, value) in bindings { analysis.assign(value, to: target) }
                analysis.read(body)
            }
        case .scope(let body): scoped { $0.read(body) }
        }
    }

    private mutating func read(_ filters: [FilterCall]) {
        for filter in filters { readArguments(filter.arguments) }
    }

    /// Reads the branches that can be taken; afterwards a variable has the union of its meanings in them.
    private mutating func read(_ branches: ArraySlice<Statement.Branch>, _ otherwise: [Statement]) {
        guard let branch = branches.first else { return read(otherwise) }
        _ = meaning(of: branch.test)
        let outcome = decision(on: branch.test)
        let before = variables
        var after: [Int: Meaning]?
        if outcome != false {
            assuming(branch.test, is: true) { $0.read(branch.body) }
            after = variables
        }
        guard outcome != true else { return }
        variables = before
        assuming(branch.test, is: false) { $0.read(branches.dropFirst(), otherwise) }
        if let after { variables.merge(after) { $0.union($1) } }
    }

    /// Reads the body a second time if a namespace carries meanings from one iteration to the next.
    private mutating func read(_ loop: ForLoop) {
        let iterable = meaning(of: loop.iterable)
        if iterable.contains(.content) { readAsParts(iterable) }
        readAsObject(iterable)
        for _ in 0..<2 {
            let before = members
            scoped { analysis in
                analysis.bind(loop.target, iterable.element)
                for name in ["previtem", "nextitem"] {
                    analysis.members[Member(variable: loop.loopName, name: name)] = iterable.element
                }
                if let filter = loop.filter {
                    _ = analysis.meaning(of: filter)
                    analysis.narrow(filter, true)
                }
                analysis.read(loop.body)
            }
            guard members != before else { break }
        }
        scoped { $0.read(loop.otherwise) }
    }

    private mutating func assign(_ value: Expression, to target: Target) {
        if case .tuple(let targets) = target, case .tuple(let values) = value, targets.count == values.count {
            let meanings = values.map { meaning(of: $0) }
            for (target, meaning) in zip(targets, meanings) { bind(target, meaning) }
            return
        }
        if case .name(let name) = target, case .call(let call) = value, case .name(let callee) = call.callee,
            callee.text == "namespace"
        {
            for (member, value) in call.arguments.keywords {
                members[Member(variable: name.id, name: member), default: []].formUnion(meaning(of: value))
            }
        }
        bind(target, meaning(of: value))
    }

    private mutating func bind(_ target: Target, _ meaning: Meaning) {
        switch target {
        case .name(let name): variables[name.id] = meaning
        case .attribute(let name, let member):
            members[Member(variable: name.id, name: member), default: []].formUnion(meaning)
        case .tuple(let targets):
            for target in targets { bind(target, []) }
        }
    }
}
