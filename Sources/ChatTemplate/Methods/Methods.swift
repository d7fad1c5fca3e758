/// The methods of a type of value. To add one, add a line to the table beside its implementation.
struct Methods: Sendable {
    var table: [String: Operation] = [:]
    /// Names of methods that would change a value, which the sandbox hides.
    var mutating: Set<String> = []

    private static let none = Methods()

    static func of(_ value: Value) -> Methods {
        switch value {
        case .string, .markup: string
        case .dict: dict
        case .list: list
        case .tuple, .range: tuple
        default: none
        }
    }

    static let dict = Methods(
        table: [
            "items": Operation { value, _, _ throws(ChatTemplateError) in view(.items, of: value) },
            "keys": Operation { value, _, _ throws(ChatTemplateError) in view(.keys, of: value) },
            "values": Operation { value, _, _ throws(ChatTemplateError) in view(.values, of: value) },
            "copy": Operation { value, _, _ throws(ChatTemplateError) in value },
            "get": Operation("_key", "_default?") { value, arguments, _ throws(ChatTemplateError) in
                guard case .dict(let dict) = value else { return .none }
                return try dict.value(of: arguments.required(0)) ?? arguments[1] ?? .none
            },
            "fromkeys": Operation("_keys", "_value?") { _, arguments, i throws(ChatTemplateError) in
                let fill = arguments[1] ?? .none
                return try i.dict(try i.iterate(arguments.required(0)).map { ($0, fill) })
            },
        ],
        mutating: ["clear", "pop", "popitem", "setdefault", "update"])

    private static func view(_ kind: DictView.Kind, of value: Value) -> Value {
        guard case .dict(let dict) = value else { return .none }
        return .view(DictView(kind: kind, dict: dict))
    }

    static let tuple = Methods(table: [
        "count": Operation("_value") { value, arguments, i throws(ChatTemplateError) in
            var count: Int128 = 0
            for element in try i.iterate(value) where try i.areEqual(element, arguments.required(0)) { count += 1 }
            return .integer(count)
        },
        "index": Operation("_value", "_start?", "_stop?") { value, arguments, i throws(ChatTemplateError) in
            let elements = try i.iterate(value)
            func bound(_ index: Int, _ fallback: Int) throws(ChatTemplateError) -> Int {
                let bound = try arguments.integer(index, default: fallback)
                return min(max(bound < 0 ? bound + elements.count : bound, 0), elements.count)
            }
            let start = try bound(1, 0)
            for index in start..<max(start, try bound(2, elements.count)) {
                if try i.areEqual(elements[index], arguments.required(0)) { return .integer(Int128(index)) }
            }
            throw .runtime("the value is not in the \(value.typeName)")
        },
    ])

    static let list = Methods(
        table: tuple.table.merging(["copy": Operation { value, _, _ throws(ChatTemplateError) in value }]) { first, _ in
            first
        },
        mutating: ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"])
}
