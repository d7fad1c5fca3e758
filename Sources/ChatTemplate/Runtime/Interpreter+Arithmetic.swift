import Support

extension Interpreter {
    func compute(
        _ operation: ArithmeticOperator, _ left: Value, _ right: Value
    ) throws(ChatTemplateError) -> Value {
        if operation == .modulo, let format = left.text {
            let text = try PercentFormat.format(format, right, self)
            if case .markup = left { return .markup(text) }
            return .string(text)
        }
        for case .undefined(let undefined) in [left, right] { throw undefined.error }
        if let a = left.integer, let b = right.integer { return try compute(operation, a, b) }
        if let a = left.number, let b = right.number { return .double(try compute(operation, a, b)) }
        switch operation {
        case .add:
            if let sum = try join(left, right) { return sum }
        case .multiply:
            if let product = try repeated(left, right) { return product }
        default: break
        }
        throw .runtime(
            "unsupported operand type(s) for \(operation.rawValue): '\(left.typeName)' and '\(right.typeName)'")
    }

    private var overflow: ChatTemplateError { .runtime("integer does not fit in 128 bits") }
    private var zeroDivision: ChatTemplateError { .runtime("division by zero") }

    private func compute(
        _ operation: ArithmeticOperator, _ a: Int128, _ b: Int128
    ) throws(ChatTemplateError) -> Value {
        func checked(_ result: (partialValue: Int128, overflow: Bool)) throws(ChatTemplateError) -> Value {
            if result.overflow { throw overflow }
            return .integer(result.partialValue)
        }
        switch operation {
        case .add: return try checked(a.addingReportingOverflow(b))
        case .subtract: return try checked(a.subtractingReportingOverflow(b))
        case .multiply: return try checked(a.multipliedReportingOverflow(by: b))
        case .divide: return .double(try compute(.divide, Double(a), Double(b)))
        case .floorDivide, .modulo:
            guard b != 0 else { throw zeroDivision }
            let quotient = a.dividedReportingOverflow(by: b)
            if quotient.overflow { return operation == .modulo ? .integer(0) : try checked(quotient) }
            let remainder = a - quotient.partialValue * b
            let rounds = remainder != 0 && (remainder < 0) != (b < 0)
            if operation == .modulo { return .integer(rounds ? remainder + b : remainder) }
            return .integer(quotient.partialValue - (rounds ? 1 : 0))
        case .power:
            if b < 0 { return .double(try compute(.power, Double(a), Double(b))) }
            return .integer(try power(a, b))
        }
    }

    private func power(_ base: Int128, _ exponent: Int128) throws(ChatTemplateError) -> Int128 {
        if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
        if base == -1 { return exponent % 2 == 0 ? 1 : -1 }
        guard exponent < 128 else { throw overflow }
        var result: Int128 = 1
        for _ in 0..<Int(exponent) {
            let (product, isBeyond) = result.multipliedReportingOverflow(by: base)
            if isBeyond { throw overflow }
            result = product
        }
        return result
    }

    private func compute(
        _ operation: ArithmeticOperator, _ a: Double, _ b: Double
    ) throws(ChatTemplateError) -> Double {
        switch operation {
        case .add: return a + b
        case .subtract: return a - b
        case .multiply: return a * b
        case .divide:
            guard b != 0 else { throw zeroDivision }
            return a / b
        case .modulo, .floorDivide:
            guard b != 0 else { throw zeroDivision }
            var remainder = a.truncatingRemainder(dividingBy: b)
            if remainder != 0, (remainder < 0) != (b < 0) { remainder += b }
            if operation == .modulo { return remainder == 0 ? (b < 0 ? -0.0 : 0.0) : remainder }
            return ((a - remainder) / b).rounded()
        case .power:
            if a == 0, b < 0 { throw zeroDivision }
            let result = Math.pow(a, b)
            if result.isNaN, !a.isNaN, !b.isNaN { throw .runtime("the result of ** is a complex number") }
            if result.isInfinite, a.isFinite, b.isFinite { throw .runtime("the result of ** is out of range") }
            return result
        }
    }

    func negate(_ value: Value) throws(ChatTemplateError) -> Value {
        if let integer = value.integer { return try compute(.subtract, 0, integer) }
        if case .double(let number) = value { return .double(-number) }
        throw unaryFailure("-", value)
    }

    func plus(_ value: Value) throws(ChatTemplateError) -> Value {
        if let integer = value.integer { return .integer(integer) }
        if case .double = value { return value }
        throw unaryFailure("+", value)
    }

    private func unaryFailure(_ symbol: String, _ value: Value) -> ChatTemplateError {
        if case .undefined(let undefined) = value { return undefined.error }
        return .runtime("bad operand type for unary \(symbol): '\(value.typeName)'")
    }

    // MARK: Sequences

    /// `+` of two strings, lists or tuples; a string that is added to one marked as safe is escaped.
    private func join(_ left: Value, _ right: Value) throws(ChatTemplateError) -> Value? {
        switch (left, right) {
        case (.string(let a), .string(let b)):
            try charge(bytes: a.utf8.count + b.utf8.count)
            return .string(a + b)
        case (.markup, .string), (.string, .markup), (.markup, .markup):
            return .markup(try HTML.escaped(left, self) + HTML.escaped(right, self))
        case (.list(let a), .list(let b)): return try list(a.elements + b.elements)
        case (.tuple(let a), .tuple(let b)): return try tuple(a.elements + b.elements)
        default: return nil
        }
    }

    /// `*` of a sequence and an integer.
    private func repeated(_ left: Value, _ right: Value) throws(ChatTemplateError) -> Value? {
        guard let factor = left.integer ?? right.integer else { return nil }
        let sequence = left.integer == nil ? left : right
        let count = Int(clamping: max(0, factor))
        if let text = sequence.text {
            try charge(bytes: product(text.utf8.count, count))
            let repeated = String(repeating: text, count: text.isEmpty ? 0 : count)
            if case .markup = sequence { return .markup(repeated) }
            return .string(repeated)
        }
        guard let elements = sequence.elements else { return nil }
        try charge(bytes: product(elements.count * MemoryLayout<Value>.stride, count))
        let repeated = Array(repeatElement(elements, count: elements.isEmpty ? 0 : count).joined())
        if case .tuple = sequence { return try tuple(repeated) }
        return try list(repeated)
    }

    private func product(_ size: Int, _ count: Int) -> Int {
        let (product, overflow) = size.multipliedReportingOverflow(by: count)
        return overflow ? .max : product
    }
}
