extension Filters {
    static let sequenceTable: [String: Operation] = [
        "length": Operation(body: length),
        "count": Operation(body: length),
        "default": Operation("default_value?", "boolean?", body: defaulted),
        "d": Operation("default_value?", "boolean?", body: defaulted),
        "list": Operation { value, _, i throws(ChatTemplateError) in try i.list(try i.iterate(value)) },
        "first": Operation(body: first),
        "last": Operation(body: last),
        "random": Operation(body: first),
        "reverse": Operation(body: reverse),
        "join": Operation("d?", "attribute?", body: join),
        "items": Operation(body: items),
        "batch": Operation("linecount", "fill_with?", body: batch),
        "slice": Operation("slices", "fill_with?", body: slice),
        "sum": Operation("attribute?", "start?", body: sum),
        "attr": Operation("name", body: attribute),
    ]

    private static func length(
        _ value: Value, _: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        .integer(Int128(try i.length(of: value)))
    }

    private static func defaulted(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let isMissing = value.isUndefined || (arguments.flag(1) && !value.isTrue)
        return isMissing ? arguments[0] ?? .string("") : value
    }

    private static func first(
        _ value: Value, _: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let missing = Value.undefined(.because("No first item, sequence was empty."))
        if case .iterator(let iterator) = value { return try iterator.next() ?? missing }
        return try i.iterate(value).first ?? missing
    }

    private static func last(
        _ value: Value, _: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        if case .iterator = value { throw .runtime("'generator' object is not reversible") }
        return try i.iterate(value).last ?? .undefined(.because("No last item, sequence was empty."))
    }

    private static func reverse(
        _ value: Value, _: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        if let text = value.text { return try i.text(PythonText.reversed(text), like: value) }
        let reversed = Array(try i.iterate(value).reversed())
        if case .iterator = value { return try i.list(reversed) }
        return try i.iterator(reversed)
    }

    private static func join(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let separator = try arguments[0].map { value throws(ChatTemplateError) in try i.text(of: value) } ?? ""
        let path = try AttributePath(arguments.given(1))
        var parts: [String] = []
        var bytes = 0
        for element in try i.iterate(value) {
            let part = try i.text(of: try path.value(in: element, i))
            bytes += part.utf8.count + separator.utf8.count
            guard bytes <= i.limits.outputBytes else { break }
            parts.append(part)
        }
        try i.charge(bytes: bytes)
        return .string(parts.joined(separator: separator))
    }

    private static func items(
        _ value: Value, _: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        switch value {
        case .undefined: return try i.iterator([])
        case .dict(let dict): return try i.iterator(dict.items())
        default: return try i.iterator([], failure: .runtime("Can only get item pairs from a mapping."))
        }
    }

    private static func batch(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let size = try arguments.integer(0)
        var batches: [Value] = []
        var current: [Value] = []
        for element in try i.iterate(value) {
            if current.count == size {
                batches.append(try i.list(current))
                current = []
            }
            current.append(element)
        }
        if !current.isEmpty {
            if let fill = arguments.given(1), current.count < size {
                let missing = size - current.count
                try i.charge(bytes: missing > i.limits.outputBytes ? .max : missing * MemoryLayout<Value>.stride)
                current.append(contentsOf: repeatElement(fill, count: missing))
            }
            batches.append(try i.list(current))
        }
        return try i.iterator(batches)
    }

    private static func slice(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let count = try arguments.integer(0)
        let elements = try i.iterate(value)
        guard count != 0 else { return try i.iterator([], failure: .runtime("division by zero")) }
        try i.step(max(0, count))
        var slices: [Value] = []
        var start = 0
        for index in 0..<max(0, count) {
            let isLonger = index < elements.count % count
            let end = start + elements.count / count + (isLonger ? 1 : 0)
            var slice = Array(elements[start..<end])
            if let fill = arguments.given(1), !isLonger { slice.append(fill) }
            slices.append(try i.list(slice))
            start = end
        }
        return try i.iterator(slices)
    }

    private static func sum(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        var total = arguments[1] ?? .integer(0)
        if total.text != nil { throw .runtime("sum() can't sum strings") }
        let path = try AttributePath(arguments.given(0))
        for element in try i.iterate(value) {
            try i.step()
            total = try i.compute(.add, total, try path.value(in: element, i))
        }
        return total
    }

    /// Looks up an attribute or method, never an element.
    private static func attribute(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let name = try arguments.text(0)
        if case .undefined(let undefined) = value { throw undefined.error }
        return try i.member(name, of: value) ?? .undefined(.attribute(name, ofType: value.typeName))
    }
}
