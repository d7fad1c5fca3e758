extension Methods {
    static let string = Methods(
        table: [caseTable, searchTable, splitTable, paddingTable, predicateTable]
            .reduce(into: [:]) { table, part in table.merge(part) { first, _ in first } })

    static func mapping(_ transform: @escaping @Sendable (String) -> String) -> Operation {
        Operation { value, _, i throws(ChatTemplateError) in try i.text(transform(try i.text(of: value)), like: value) }
    }

    static func strip(leading: Bool = true, trailing: Bool = true) -> Operation {
        Operation("_chars?") { value, arguments, i throws(ChatTemplateError) in
            let characters = arguments.given(0) == nil ? nil : try arguments.text(0)
            let text = PythonText.strip(
                try i.text(of: value), characters: characters, leading: leading, trailing: trailing)
            return try i.text(text, like: value)
        }
    }

    private static let caseTable: [String: Operation] = [
        "upper": mapping(PythonText.upper),
        "lower": mapping(PythonText.lower),
        "casefold": mapping { PythonText.lower(PythonText.upper($0)) },
        "capitalize": mapping(PythonText.capitalized),
        "title": mapping(PythonText.titled),
        "swapcase": mapping(PythonText.swapCased),
        "strip": strip(),
        "lstrip": strip(trailing: false),
        "rstrip": strip(leading: false),
        "removeprefix": Operation("_prefix") { value, arguments, i throws(ChatTemplateError) in
            let (text, prefix) = (try i.text(of: value), try arguments.text(0))
            guard text.utf8.starts(with: prefix.utf8) else { return value }
            return try i.text(String(text.unicodeScalars.dropFirst(prefix.unicodeScalars.count)), like: value)
        },
        "removesuffix": Operation("_suffix") { value, arguments, i throws(ChatTemplateError) in
            let (text, suffix) = (try i.text(of: value), try arguments.text(0))
            guard ends(text, with: suffix) else { return value }
            return try i.text(String(text.unicodeScalars.dropLast(suffix.unicodeScalars.count)), like: value)
        },
        "replace": Operation("_old", "_new", "count?") { value, arguments, i throws(ChatTemplateError) in
            var new = try arguments.text(1)
            if case .markup = value { new = try HTML.escaped(arguments.required(1), i) }
            let limit = try arguments.integer(2, default: -1)
            let text = try i.replaced(try i.text(of: value), try arguments.text(0), new, limit)
            return try i.text(try i.text(of: text), like: value)
        },
        "format": Operation.free { value, arguments, i throws(ChatTemplateError) in
            try i.text(try BraceFormat.format(try i.text(of: value), arguments, i), like: value)
        },
        "format_map": Operation("_mapping") { value, arguments, i throws(ChatTemplateError) in
            guard case .dict(let dict) = arguments.required(0) else { throw .runtime("format_map needs a mapping") }
            let keywords = zip(dict.keys, dict.values).compactMap { key, value in key.text.map { ($0, value) } }
            return try i.text(
                try BraceFormat.format(try i.text(of: value), Arguments(keywords: keywords), i), like: value)
        },
    ]

    static func ends(_ text: String, with suffix: String) -> Bool {
        text.utf8.reversed().starts(with: suffix.utf8.reversed())
    }

    // MARK: Splitting and joining

    private static let splitTable: [String: Operation] = [
        "split": split(fromRight: false),
        "rsplit": split(fromRight: true),
        "splitlines": Operation("keepends?") { value, arguments, i throws(ChatTemplateError) in
            let lines = PythonText.lines(try i.text(of: value), keepingEnds: arguments.flag(0))
            return try i.list(try texts(lines, like: value, i))
        },
        "partition": partition(fromRight: false),
        "rpartition": partition(fromRight: true),
        "join": Operation("_iterable", body: join),
    ]

    private static func texts(
        _ pieces: [String], like value: Value, _ i: Interpreter
    ) throws(ChatTemplateError) -> [Value] {
        var values: [Value] = []
        for piece in pieces { values.append(try i.text(piece, like: value)) }
        return values
    }

    private static func split(fromRight: Bool) -> Operation {
        Operation("sep?", "maxsplit?") { value, arguments, i throws(ChatTemplateError) in
            let text = try i.text(of: value)
            let given = try arguments.integer(1, default: -1)
            let limit = given < 0 ? Int.max : given
            guard arguments.given(0) != nil else {
                let words =
                    fromRight
                    ? PythonText.splitWordsFromRight(text, limit: limit) : PythonText.splitWords(text, limit: limit)
                return try i.list(try texts(words, like: value, i))
            }
            let separator = try arguments.text(0)
            guard !separator.isEmpty else { throw .runtime("empty separator") }
            let pieces =
                fromRight
                ? PythonText.splitFromRight(text, separator: separator, limit: limit)
                : PythonText.split(text, separator: separator, limit: limit)
            return try i.list(try texts(pieces, like: value, i))
        }
    }

    private static func partition(fromRight: Bool) -> Operation {
        Operation("_sep") { value, arguments, i throws(ChatTemplateError) in
            let (text, separator) = (try i.text(of: value), try arguments.text(0))
            guard !separator.isEmpty else { throw .runtime("empty separator") }
            let pieces =
                fromRight
                ? PythonText.splitFromRight(text, separator: separator, limit: 1)
                : PythonText.split(text, separator: separator, limit: 1)
            let parts =
                pieces.count == 2
                ? [pieces[0], separator, pieces[1]] : fromRight ? ["", "", text] : [text, "", ""]
            return try i.tuple(try texts(parts, like: value, i))
        }
    }

    private static func join(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let separator = try i.text(of: value)
        var isMarkup = false
        if case .markup = value { isMarkup = true }
        var parts: [String] = []
        var bytes = 0
        for (index, element) in try i.iterate(arguments.required(0)).enumerated() {
            try i.step()
            guard let text = element.text else {
                throw .runtime("sequence item \(index): expected str instance, \(element.typeName) found")
            }
            let part = isMarkup ? try HTML.escaped(element, i) : text
            bytes += part.utf8.count + separator.utf8.count
            guard bytes <= i.limits.outputBytes else { break }
            parts.append(part)
        }
        try i.charge(bytes: bytes)
        return try i.text(parts.joined(separator: separator), like: value)
    }
}
