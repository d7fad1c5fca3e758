/// Jinja's tests (`is ...`) by name. To add one, add a line to a table.
enum Tests {
    static let table: [String: Operation] = [typeTable, valueTable, comparisonTable]
        .reduce(into: [:]) { table, part in table.merge(part) { first, _ in first } }

    private static func test(_ holds: @escaping @Sendable (Value) -> Bool) -> Operation {
        Operation { value, _, _ throws(ChatTemplateError) in .bool(holds(value)) }
    }

    private static func compare(_ operation: ComparisonOperator) -> Operation {
        Operation("_other") { value, arguments, i throws(ChatTemplateError) in
            .bool(try i.holds(operation, value, arguments.required(0)))
        }
    }

    private static let typeTable: [String: Operation] = [
        "defined": test { !$0.isUndefined },
        "undefined": test(\.isUndefined),
        "none": test(\.isNone),
        "boolean": test { if case .bool = $0 { true } else { false } },
        "true": test { if case .bool(true) = $0 { true } else { false } },
        "false": test { if case .bool(false) = $0 { true } else { false } },
        "integer": test { if case .integer = $0 { true } else { false } },
        "float": test { if case .double = $0 { true } else { false } },
        "number": test { $0.number != nil },
        "string": test { $0.text != nil },
        "mapping": test { if case .dict = $0 { true } else { false } },
        "sequence": test(isSequence),
        "iterable": test(isIterable),
        "callable": test(isCallable),
        "escaped": test { if case .markup = $0 { true } else { false } },
    ]

    private static let valueTable: [String: Operation] = [
        "odd": Operation { value, _, i throws(ChatTemplateError) in .bool(try remainder(value, 2, i, is: 1)) },
        "even": Operation { value, _, i throws(ChatTemplateError) in .bool(try remainder(value, 2, i, is: 0)) },
        "divisibleby": Operation("num") { value, arguments, i throws(ChatTemplateError) in
            let remainder = try i.compute(.modulo, value, arguments.required(0))
            return .bool(try i.areEqual(remainder, .integer(0)))
        },
        "lower": Operation { value, _, i throws(ChatTemplateError) in
            .bool(PythonText.isLower(try i.text(of: value)))
        },
        "upper": Operation { value, _, i throws(ChatTemplateError) in
            .bool(PythonText.isUpper(try i.text(of: value)))
        },
        "filter": Operation { value, _, i throws(ChatTemplateError) in
            .bool(Filters.table[value.text ?? ""] != nil)
        },
        "test": Operation { value, _, i throws(ChatTemplateError) in .bool(table[value.text ?? ""] != nil) },
        "sameas": Operation("other") { value, arguments, i throws(ChatTemplateError) in
            .bool(try isSame(value, arguments.required(0), i))
        },
    ]

    private static let comparisonTable: [String: Operation] = [
        "==": compare(.equal), "eq": compare(.equal), "equalto": compare(.equal),
        "!=": compare(.notEqual), "ne": compare(.notEqual),
        "<": compare(.less), "lt": compare(.less), "lessthan": compare(.less),
        "<=": compare(.lessOrEqual), "le": compare(.lessOrEqual),
        ">": compare(.greater), "gt": compare(.greater), "greaterthan": compare(.greater),
        ">=": compare(.greaterOrEqual), "ge": compare(.greaterOrEqual),
        "in": compare(.isIn),
    ]

    /// True for a value with a length and positions, including a mapping.
    private static func isSequence(_ value: Value) -> Bool {
        switch value {
        case .undefined, .string, .markup, .list, .tuple, .dict, .range: true
        default: false
        }
    }

    private static func isIterable(_ value: Value) -> Bool {
        switch value {
        case .view, .iterator: true
        case .object(let object): object is LoopContext
        default: isSequence(value)
        }
    }

    private static func isCallable(_ value: Value) -> Bool {
        switch value {
        case .undefined: true
        case .object(let object): object.isCallable
        default: false
        }
    }

    private static func remainder(
        _ value: Value, _ divisor: Int128, _ i: Interpreter, is expected: Int128
    ) throws(ChatTemplateError) -> Bool {
        try i.areEqual(try i.compute(.modulo, value, .integer(divisor)), .integer(expected))
    }

    /// Tests identity, which for plain values is equality of type and value.
    private static func isSame(_ left: Value, _ right: Value, _ i: Interpreter) throws(ChatTemplateError) -> Bool {
        switch (left, right) {
        case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)): a === b
        case (.dict(let a), .dict(let b)): a === b
        case (.undefined, .undefined), (.range, .range), (.view, .view): false
        default: left.typeName == right.typeName ? try i.areEqual(left, right) : false
        }
    }
}
