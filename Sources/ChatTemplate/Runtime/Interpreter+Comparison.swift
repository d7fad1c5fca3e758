extension Interpreter {
    func holds(_ operation: ComparisonOperator, _ left: Value, _ right: Value) throws(ChatTemplateError) -> Bool {
        switch operation {
        case .equal: try areEqual(left, right)
        case .notEqual: try !areEqual(left, right)
        case .isIn: try contains(right, left)
        case .notIn: try !contains(right, left)
        case .less: try isLess(left, right, "<")
        case .greater: try isLess(right, left, ">")
        case .lessOrEqual: try isLess(left, right, "<=", orEqual: true)
        case .greaterOrEqual: try isLess(right, left, ">=", orEqual: true)
        }
    }

    /// Python's `==`.
    func areEqual(_ left: Value, _ right: Value) throws(ChatTemplateError) -> Bool {
        try step()
        switch (left, right) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
            return a === b ? true : try areEqual(a.elements, b.elements)
        case (.dict(let a), .dict(let b)): return a === b ? true : try areEqual(a, b)
        case (.range(let a), .range(let b)):
            return a.count == b.count && (a.count == 0 || a.start == b.start && (a.count == 1 || a.step == b.step))
        case (.view(let a), .view(let b)): return a.kind == b.kind ? try areEqual(a.elements, b.elements) : false
        case (.iterator(let a), .iterator(let b)): return a === b
        case (.object(let a), .object(let b)): return a === b
        default: break
        }
        if let a = left.text, let b = right.text {
            try scan(left)
            return ByteText.isSame(a, b)
        }
        if let a = left.integer, let b = right.integer { return a == b }
        guard let a = left.number, let b = right.number else { return false }
        return order(left, right, a, b) == .same
    }

    func areEqual(_ left: [Value], _ right: [Value]) throws(ChatTemplateError) -> Bool {
        guard left.count == right.count else { return false }
        for (a, b) in zip(left, right) where try !areEqual(a, b) { return false }
        return true
    }

    private func areEqual(_ left: Dict, _ right: Dict) throws(ChatTemplateError) -> Bool {
        guard left.count == right.count else { return false }
        for (key, value) in zip(left.keys, left.values) {
            guard let other = try right.value(of: key), try areEqual(value, other) else { return false }
        }
        return true
    }

    private enum Order {
        case before, same, after
        /// At least one operand is NaN.
        case none
    }

    /// Compares two numbers; an integer and a float are compared exactly.
    private func order(_ left: Value, _ right: Value, _ a: Double, _ b: Double) -> Order {
        if a.isNaN || b.isNaN { return .none }
        if let x = left.integer, let y = right.integer { return x < y ? .before : x == y ? .same : .after }
        if a != b { return a < b ? .before : .after }
        guard let exact = Int128(exactly: left.integer == nil ? a : b) else { return .same }
        let x = left.integer ?? exact
        let y = right.integer ?? exact
        return x < y ? .before : x == y ? .same : .after
    }

    /// `left < right`, or `left <= right` if `orEqual`; `symbol` is the template's operator, for errors.
    func isLess(
        _ left: Value, _ right: Value, _ symbol: String = "<", orEqual: Bool = false
    ) throws(ChatTemplateError) -> Bool {
        try step()
        for case .undefined(let undefined) in [left, right] { throw undefined.error }
        if let a = left.text, let b = right.text {
            try scan(left)
            return orEqual ? !b.utf8.lexicographicallyPrecedes(a.utf8) : a.utf8.lexicographicallyPrecedes(b.utf8)
        }
        if let a = left.number, let b = right.number {
            let order = order(left, right, a, b)
            return order == .before || orEqual && order == .same
        }
        switch (left, right) {
        case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
            for (x, y) in zip(a.elements, b.elements) where try !areEqual(x, y) {
                return try isLess(x, y, symbol, orEqual: orEqual)
            }
            return orEqual ? a.elements.count <= b.elements.count : a.elements.count < b.elements.count
        default:
            throw .runtime(
                "'\(symbol)' not supported between instances of '\(left.typeName)' and '\(right.typeName)'")
        }
    }

    /// Sorts values stably by their keys.
    func sorted(
        _ values: [Value], keys: [Value], reverse: Bool = false
    ) throws(ChatTemplateError) -> [Value] {
        var order = Array(values.indices)
        var failure: ChatTemplateError?
        // `sort` is stable in practice; the index makes it so by contract.
        order.sort { left, right in
            guard failure == nil else { return left < right }
            do throws(ChatTemplateError) {
                if try isLess(keys[reverse ? right : left], keys[reverse ? left : right]) { return true }
                if try isLess(keys[reverse ? left : right], keys[reverse ? right : left]) { return false }
            } catch { failure = error }
            return left < right
        }
        if let failure { throw failure }
        return order.map { values[$0] }
    }
}
