extension Filters {
    static let orderTable: [String: Operation] = [
        "sort": Operation("reverse?", "case_sensitive?", "attribute?", body: sort),
        "dictsort": Operation("case_sensitive?", "by?", "reverse?", body: dictSort),
        "unique": Operation("case_sensitive?", "attribute?", body: unique),
        "min": Operation("case_sensitive?", "attribute?") { value, arguments, i throws(ChatTemplateError) in
            try extreme(value, arguments, i) { a, b throws(ChatTemplateError) in try i.isLess(a, b) }
        },
        "max": Operation("case_sensitive?", "attribute?") { value, arguments, i throws(ChatTemplateError) in
            try extreme(value, arguments, i) { a, b throws(ChatTemplateError) in try i.isLess(b, a) }
        },
        "groupby": Operation("attribute", "default?", "case_sensitive?", body: groupBy),
    ]

    /// The `attribute` argument may name several attributes, separated by commas.
    private static func sort(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        var paths: [AttributePath] = []
        if let names = arguments.given(2)?.text {
            for name in PythonText.split(names, separator: ",", limit: .max) {
                paths.append(try AttributePath(.string(name)))
            }
        } else {
            paths.append(try AttributePath(arguments.given(2)))
        }
        let elements = try i.iterate(value)
        var keys: [Value] = []
        for element in elements {
            var key: [Value] = []
            for path in paths { key.append(try path.key(of: element, isCaseSensitive: arguments.flag(1), i)) }
            keys.append(try i.list(key))
        }
        return try i.list(try i.sorted(elements, keys: keys, reverse: arguments.flag(0)))
    }

    private static func dictSort(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        guard case .dict(let dict) = value else {
            if case .undefined(let undefined) = value { throw undefined.error }
            throw .runtime("dictsort needs a mapping, not '\(value.typeName)'")
        }
        let by = arguments[1] == nil ? "key" : try arguments.text(1)
        guard by == "key" || by == "value" else { throw .runtime("dictsort sorts by 'key' or 'value', not '\(by)'") }
        let whole = try AttributePath(nil)
        var keys: [Value] = []
        for key in by == "key" ? dict.keys : dict.values {
            keys.append(try whole.key(of: key, isCaseSensitive: arguments.flag(0), i))
        }
        return try i.list(try i.sorted(dict.items(), keys: keys, reverse: arguments.flag(2)))
    }

    private static func unique(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let path = try AttributePath(arguments.given(1))
        var seen: Set<DictKey> = []
        var kept: [Value] = []
        do throws(ChatTemplateError) {
            for element in try i.iterate(value) {
                let key = try path.key(of: element, isCaseSensitive: arguments.flag(0), i)
                if seen.insert(try DictKey(key)).inserted { kept.append(element) }
            }
        } catch {
            if error.kind == .limit { throw error }
            return try i.iterator(kept, failure: error)
        }
        return try i.iterator(kept)
    }

    private static func extreme(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter,
        _ isBetter: (Value, Value) throws(ChatTemplateError) -> Bool
    ) throws(ChatTemplateError) -> Value {
        let path = try AttributePath(arguments.given(1))
        var best: (element: Value, key: Value)?
        for element in try i.iterate(value) {
            let key = try path.key(of: element, isCaseSensitive: arguments.flag(0), i)
            guard let current = best else {
                best = (element, key)
                continue
            }
            if try isBetter(key, current.key) { best = (element, key) }
        }
        return best?.element ?? .undefined(.because("No aggregated item, sequence was empty."))
    }

    /// Returns pairs of a key and its elements, sorted by key.
    private static func groupBy(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let path = try AttributePath(arguments.required(0), fallback: arguments.given(1))
        let elements = try i.iterate(value)
        var keys: [Value] = []
        for element in elements { keys.append(try path.key(of: element, isCaseSensitive: arguments.flag(2), i)) }
        let positions = (0..<elements.count).map { Value.integer(Int128($0)) }
        var groups: [(key: Value, elements: [Value])] = []
        for position in try i.sorted(positions, keys: keys) {
            guard let index = position.integer.map(Int.init) else { continue }
            if let last = groups.last, try i.areEqual(last.key, keys[index]) {
                groups[groups.count - 1].elements.append(elements[index])
            } else {
                groups.append((keys[index], [elements[index]]))
            }
        }
        var tuples: [Value] = []
        for group in groups {
            let key = try path.value(in: group.elements[0], i)
            tuples.append(try i.tuple([key, try i.list(group.elements)], isGroup: true))
        }
        return try i.list(tuples)
    }
}
