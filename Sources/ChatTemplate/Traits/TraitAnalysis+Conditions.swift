extension TraitAnalysis {
    /// The value of a test that the role alone decides; nil for any other test.
    mutating func decision(on test: Expression) -> Bool? {
        guard takeStep() else { return nil }
        switch test {
        case .literal(.bool(let value)): return value
        case .not(let operand): return decision(on: operand).map { !$0 }
        case .and(let operands): return combined(operands, deciding: false)
        case .or(let operands): return combined(operands, deciding: true)
        case .compare(let left, let comparisons):
            guard let role, let matches = comparison(of: left, comparisons, with: .role) else { return nil }
            return matches(role)
        default: return nil
        }
    }

    private mutating func combined(_ operands: [Expression], deciding value: Bool) -> Bool? {
        let outcomes = operands.map { decision(on: $0) }
        if outcomes.contains(value) { return value }
        return outcomes.contains(nil) ? nil : !value
    }

    /// Adds to the guards the facts that follow if `test` has the value `outcome`.
    mutating func narrow(_ test: Expression, _ outcome: Bool) {
        guard takeStep() else { return }
        switch test {
        case .not(let operand): narrow(operand, !outcome)
        case .and(let operands) where outcome || operands.count == 1:
            for operand in operands { narrow(operand, outcome) }
        case .or(let operands) where !outcome || operands.count == 1:
            for operand in operands { narrow(operand, outcome) }
        case .test(let operand, let call):
            let meaning = meaning(of: operand)
            switch (call.name, outcome) {
            case ("string", false): if meaning.contains(.content) { guards.contentIsNotString = true }
            case ("string", true), ("mapping", false):
                if meaning.contains(.arguments) { guards.argumentsAreString = true }
            default: break
            }
        case .compare(let left, let comparisons):
            guard let role, let matches = comparison(of: left, comparisons, with: .firstRole) else { return }
            guards.firstIsOther = matches(role) != outcome
        default: break
        }
    }

    /// Whether a comparison of a value of meaning `subject` with literals holds for a given role; nil for any other.
    private mutating func comparison(
        of left: Expression, _ comparisons: [(ComparisonOperator, Expression)], with subject: Meaning
    ) -> ((String) -> Bool)? {
        guard comparisons.count == 1, let (symbol, right) = comparisons.first else { return nil }
        if let names = right.literalTexts, meaning(of: left) == subject {
            switch symbol {
            case .equal, .isIn: return { names.contains($0) }
            case .notEqual, .notIn: return { !names.contains($0) }
            default: return nil
            }
        }
        guard let names = left.literalTexts, symbol == .equal || symbol == .notEqual, meaning(of: right) == subject
        else { return nil }
        return { names.contains($0) == (symbol == .equal) }
    }
}

extension Expression {
    /// A literal string, or the strings of a literal list; nil for anything else.
    var literalTexts: [String]? {
        switch self {
        case .literal(.string(let text)): return [text]
        case .list(let elements), .tuple(let elements):
            let texts = elements.compactMap(\.literalText)
            return texts.count == elements.count ? texts : nil
        default: return nil
        }
    }

    var literalText: String? {
        if case .literal(.string(let text)) = self { text } else { nil }
    }
}
