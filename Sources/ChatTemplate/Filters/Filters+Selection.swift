extension Filters {
    static let selectionTable: [String: Operation] = [
        "map": Operation.free(map),
        "select": selecting(true, byAttribute: false),
        "reject": selecting(false, byAttribute: false),
        "selectattr": selecting(true, byAttribute: true),
        "rejectattr": selecting(false, byAttribute: true),
    ]

    /// Returns a generator of the transformed elements, without those for which `transform` gives nil. An error
    /// surfaces when the generator is read, except that an exceeded limit throws at once.
    private static func generate(
        _ value: Value, _ i: Interpreter, _ transform: (Value) throws(ChatTemplateError) -> Value?
    ) throws(ChatTemplateError) -> Value {
        var elements: [Value] = []
        do throws(ChatTemplateError) {
            for element in try i.iterate(value) {
                try i.step()
                if let transformed = try transform(element) { elements.append(transformed) }
            }
        } catch {
            if error.kind == .limit { throw error }
            return try i.iterator(elements, failure: error)
        }
        return try i.iterator(elements)
    }

    private static func map(
        _ value: Value, _ arguments: Arguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        guard value.isTrue else { return try i.iterator([]) }
        if let transform = try attributeMap(arguments, i) { return try generate(value, i, transform) }
        guard let name = arguments.positional.first?.text else {
            return try i.iterator([], failure: .runtime("map requires a filter argument"))
        }
        var rest = arguments
        rest.positional.removeFirst()
        return try generate(value, i) { element throws(ChatTemplateError) in
            try i.evaluate(name, in: table, "filter", element, rest)
        }
    }

    /// The transform of `map(attribute=…, default=…)`; nil for other arguments of `map`.
    private static func attributeMap(
        _ arguments: Arguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> ((Value) throws(ChatTemplateError) -> Value?)? {
        guard arguments.positional.isEmpty,
            let attribute = arguments.keywords.first(where: { $0.name == "attribute" })?.value
        else { return nil }
        for (name, _) in arguments.keywords where name != "attribute" && name != "default" {
            return { _ throws(ChatTemplateError) in throw .runtime("unexpected keyword argument '\(name)'") }
        }
        let fallback = arguments.keywords.first { $0.name == "default" }?.value
        let path = try AttributePath(
            attribute.isNone ? nil : attribute, fallback: fallback?.isNone == true ? nil : fallback)
        return { element throws(ChatTemplateError) in try path.value(in: element, i) }
    }

    /// Keeps the elements for which a test of the element or its attribute (by default its truth value) gives `wanted`.
    private static func selecting(_ wanted: Bool, byAttribute: Bool) -> Operation {
        Operation.free { value, arguments, i throws(ChatTemplateError) in
            guard value.isTrue else { return try i.iterator([]) }
            var rest = arguments
            var path = try AttributePath(nil)
            if byAttribute {
                guard let attribute = rest.positional.first else {
                    return try i.iterator([], failure: .runtime("missing parameter for attribute name"))
                }
                rest.positional.removeFirst()
                path = try AttributePath(attribute)
            }
            let test = rest.positional.first
            if test != nil { rest.positional.removeFirst() }
            return try generate(value, i) { element throws(ChatTemplateError) in
                var result = try path.value(in: element, i)
                if let test {
                    result = try i.evaluate(try i.text(of: test), in: Tests.table, "test", result, rest)
                }
                return result.isTrue == wanted ? element : nil
            }
        }
    }
}
