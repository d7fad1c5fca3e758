extension TraitAnalysis {
    /// The meaning of an expression; its uses of content and arguments are added to the findings.
    mutating func meaning(of expression: Expression) -> Meaning {
        guard takeStep() else { return [] }
        switch expression {
        case .literal: return []
        case .name(let name): return variables[name.id] ?? []
        case .list(let elements), .tuple(let elements): return union(of: elements).list
        case .dict(let members): return meaning(ofDict: members)
        case .attribute(let base, let name): return attribute(name, of: base)
        case .subscripted(let base, let key): return element(key, of: base)
        case .slice(let base, let start, let stop, let step):
            for bound in [start, stop, step] { _ = bound.map { meaning(of: $0) } }
            return meaning(of: base).slice
        case .call(let call): return meaning(of: call)
        case .filter(let base, let call): return meaning(of: base, through: call)
        case .test(let base, let call):
            _ = meaning(of: base)
            readArguments(call.arguments)
            return []
        case .not(let operand), .negate(let operand), .plus(let operand):
            _ = meaning(of: operand)
            return []
        case .arithmetic(let first, let rest): return meaning(ofSum: [first] + rest.map(\.1))
        case .concatenate(let operands): return meaning(ofSum: operands).subtracting(.lists)
        case .compare(let left, let comparisons): return compare(left, comparisons)
        case .and(let operands): return union(ofChain: operands, goesOnWhile: true)
        case .or(let operands): return union(ofChain: operands, goesOnWhile: false)
        case .conditional(let test, let then, let otherwise): return choose(test, then, otherwise)
        }
    }

    private mutating func union(of expressions: [Expression]) -> Meaning {
        expressions.reduce(into: Meaning()) { $0.formUnion(meaning(of: $1)) }
    }

    /// The meaning of `and` or `or`: an operand is reached only if the ones before it have the value `outcome`.
    private mutating func union(ofChain operands: [Expression], goesOnWhile outcome: Bool) -> Meaning {
        let saved = guards
        defer { guards = saved }
        var result: Meaning = []
        for operand in operands {
            result.formUnion(meaning(of: operand))
            if decision(on: operand) == !outcome { break }
            narrow(operand, outcome)
        }
        return result
    }

    private mutating func choose(_ test: Expression, _ then: Expression, _ otherwise: Expression?) -> Meaning {
        _ = meaning(of: test)
        let outcome = decision(on: test)
        var result: Meaning = []
        if outcome != false { result.formUnion(assuming(test, is: true) { $0.meaning(of: then) }) }
        if let otherwise, outcome != true {
            result.formUnion(assuming(test, is: false) { $0.meaning(of: otherwise) })
        }
        return result
    }

    /// A sum of lists has the meaning of all of them; arguments that are added to text must be text.
    private mutating func meaning(ofSum operands: [Expression]) -> Meaning {
        let sum = union(of: operands)
        readAsText(sum)
        return sum.intersection(.lists).slice
    }

    /// The meaning of a dict literal: a message or a tool call if it is built from the content or arguments of another.
    private mutating func meaning(ofDict members: [(key: Expression, value: Expression)]) -> Meaning {
        var result: Meaning = []
        for (key, value) in members {
            let value = meaning(of: value)
            if key.literalText == "content", value.contains(.content) { result.insert(.message) }
            if key.literalText == "arguments", value.contains(.arguments) { result.insert(.toolCall) }
        }
        return result
    }

    private mutating func compare(_ left: Expression, _ comparisons: [(ComparisonOperator, Expression)]) -> Meaning {
        let operands = [left] + comparisons.map(\.1)
        let compared = union(of: operands)
        if !compared.isDisjoint(with: [.role, .firstRole]),
            operands.contains(where: { $0.literalTexts?.contains("developer") == true })
        {
            findings.insert(.knowsDeveloper)
        }
        return []
    }

    // MARK: Parts of values

    private mutating func attribute(_ name: String, of base: Expression) -> Meaning {
        let value = meaning(of: base)
        if value.contains(.part) { readAsParts(value) }
        readAsObject(value)
        if guards.firstIsOther, value == .firstMessage { return [] }
        guard case .name(let variable) = base else { return value.attribute(name) }
        return value.attribute(name).union(members[Member(variable: variable.id, name: name)] ?? [])
    }

    private mutating func element(_ key: Expression, of base: Expression) -> Meaning {
        if let name = key.literalText { return attribute(name, of: base) }
        _ = meaning(of: key)
        let value = meaning(of: base)
        readAsObject(value)
        if case .literal(.integer(0)) = key { return value.first }
        return value.element
    }

    // MARK: Calls

    mutating func readArguments(_ arguments: CallArguments) {
        _ = union(of: arguments.positional + arguments.keywords.map(\.value))
        for unpacked in [arguments.unpackedPositional, arguments.unpackedKeywords] {
            _ = unpacked.map { meaning(of: $0) }
        }
    }

    private mutating func meaning(of call: Call) -> Meaning {
        switch call.callee {
        case .name(let name):
            if let macro = macros[name.id] {
                self.call(macro, call.arguments)
                return []
            }
        case .attribute(let base, "get"):
            if let name = call.arguments.positional.first?.literalText {
                return attribute(name, of: base).union(union(of: Array(call.arguments.positional.dropFirst())))
            }
        case .attribute(let base, let name):
            let value = meaning(of: base)
            // Methods of a mapping show that the value is one; methods of strings say nothing about parts.
            if ["items", "keys", "values"].contains(name) {
                if value.contains(.part) { readAsParts(value) }
                readAsObject(value)
            }
        default: _ = meaning(of: call.callee)
        }
        readArguments(call.arguments)
        return []
    }

    /// Filters that pass on the value itself or a list of its elements.
    private static let transparentFilters: Set<String> = [
        "default", "d", "list", "reverse", "rejectattr", "selectattr", "select", "reject", "sort", "unique", "safe",
    ]

    private mutating func meaning(of base: Expression, through call: FilterCall) -> Meaning {
        let value = meaning(of: base)
        readArguments(call.arguments)
        switch call.name {
        case "selectattr", "rejectattr", "map", "groupby":
            if value.contains(.content) { readAsParts(value) }
        case "tojson", "items", "dictsort": readAsObject(value)
        case "string", "trim", "safe": readAsText(value)
        case "first": return value.first
        case "last": return value.element
        default: break
        }
        guard Self.transparentFilters.contains(call.name) else { return [] }
        let alternative = ["default", "d"].contains(call.name) ? union(of: call.arguments.positional) : []
        return value.slice.union(alternative)
    }
}
