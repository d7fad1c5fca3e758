extension Filters {
    static let markupTable: [String: Operation] = [
        "escape": Operation(body: escape),
        "e": Operation(body: escape),
        "forceescape": Operation { value, _, i throws(ChatTemplateError) in
            .markup(try HTML.escaped(.string(try i.text(of: value)), i))
        },
        "safe": Operation { value, _, i throws(ChatTemplateError) in .markup(try i.text(of: value)) },
        "striptags": Operation { value, _, i throws(ChatTemplateError) in
            try i.string(HTML.withoutTags(try i.text(of: value)))
        },
    ]

    private static func escape(
        _ value: Value, _: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        .markup(try HTML.escaped(value, i))
    }
}
