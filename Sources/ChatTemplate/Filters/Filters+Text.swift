extension Filters {
    static let textTable: [String: Operation] = [
        "string": Operation { value, _, i throws(ChatTemplateError) in
            value.text == nil ? try i.string(try i.text(of: value)) : value
        },
        "upper": mapping(PythonText.upper),
        "lower": mapping(PythonText.lower),
        "capitalize": mapping(PythonText.capitalized),
        "title": mapping(title),
        "trim": Operation("chars?", body: trim),
        "replace": Operation("old", "new", "count?", body: replace),
        "format": Operation.free(format),
        "indent": Operation("width?", "first?", "blank?", body: indent),
        "center": Operation("width?", body: center),
        "truncate": Operation("length?", "killwords?", "end?", "leeway?", body: truncate),
        "wordcount": Operation { value, _, i throws(ChatTemplateError) in
            .integer(Int128(wordCount(try i.text(of: value))))
        },
        "tojson": Operation("ensure_ascii?", "indent?", "separators?", "sort_keys?", body: ToJSON.serialize),
        "pprint": Operation { value, _, i throws(ChatTemplateError) in try i.string(try i.repr(of: value)) },
        "urlencode": Operation { value, _, i throws(ChatTemplateError) in try i.string(try urlEncode(value, i)) },
    ]

    private static func mapping(_ transform: @escaping @Sendable (String) -> String) -> Operation {
        Operation { value, _, i throws(ChatTemplateError) in
            try i.text(transform(try i.text(of: value)), like: value)
        }
    }

    /// Unlike in `str.title`, a word starts after whitespace, a hyphen or an opening bracket.
    private static func title(_ text: String) -> String {
        var result = ""
        var startsWord = true
        for scalar in text.unicodeScalars {
            let isBoundary = PythonText.isSpace(scalar) || ["-", "(", "{", "[", "<"].contains(scalar)
            result += startsWord ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
            startsWord = isBoundary
        }
        return result
    }

    private static func trim(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let characters = arguments.given(0) == nil ? nil : try arguments.text(0)
        return try i.text(PythonText.strip(try i.text(of: value), characters: characters), like: value)
    }

    private static func replace(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let limit = arguments.given(2) == nil ? -1 : try arguments.integer(2)
        return try i.replaced(
            try i.text(of: value), try i.text(of: arguments.required(0)), try i.text(of: arguments.required(1)), limit)
    }

    private static func format(
        _ value: Value, _ arguments: Arguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        guard arguments.positional.isEmpty || arguments.keywords.isEmpty else {
            throw .runtime("can't handle positional and keyword arguments at the same time")
        }
        let keywords = arguments.keywords.map { (key: Value.string($0.name), value: $0.value) }
        let values = try keywords.isEmpty ? i.tuple(arguments.positional) : i.dict(keywords)
        return try i.compute(.modulo, .string(try i.text(of: value)), values)
    }

    private static func indent(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        guard let text = value.text else {
            if case .undefined(let undefined) = value { throw undefined.error }
            throw .runtime("indent needs a string, not '\(value.typeName)'")
        }
        let width = arguments[0]?.text == nil ? try arguments.integer(0, default: 4) : 0
        try i.charge(bytes: max(0, width))
        let indent = arguments[0]?.text ?? String(repeating: " ", count: max(0, width))
        let lines = PythonText.lines(text + "\n")
        try i.charge(bytes: text.utf8.count + indent.utf8.count * lines.count)
        let isBlankIndented = arguments.flag(2)
        var result = arguments.flag(1) ? indent : ""
        for (index, line) in lines.enumerated() {
            if index > 0 { result += "\n" + (line.isEmpty && !isBlankIndented ? "" : indent) }
            result += line
        }
        return try i.text(result, like: value)
    }

    private static func center(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let width = try arguments.integer(0, default: 80)
        try i.charge(bytes: max(0, width))
        return try i.text(PythonText.centered(try i.text(of: value), to: width), like: value)
    }

    private static func truncate(
        _ value: Value, _ arguments: BoundArguments, _ i: Interpreter
    ) throws(ChatTemplateError) -> Value {
        let length = try arguments.integer(0, default: 255)
        let end = arguments[2] == nil ? "..." : try arguments.text(2)
        let endLength = end.unicodeScalars.count
        let leeway = arguments.given(3) == nil ? 5 : try arguments.integer(3)
        guard length >= endLength, leeway >= 0 else { throw .runtime("expected length >= \(endLength), got \(length)") }
        guard try i.length(of: value) - leeway > length else { return value }
        guard let text = value.text else { throw .runtime("truncate needs a string, not '\(value.typeName)'") }
        var kept = String(String.UnicodeScalarView(text.unicodeScalars.prefix(length - endLength)))
        if !arguments.flag(1) { kept = PythonText.splitFromRight(kept, separator: " ", limit: 1)[0] }
        return try i.text(kept + end, like: value)
    }

    private static func wordCount(_ text: String) -> Int {
        var count = 0
        var isInside = false
        for scalar in text.unicodeScalars {
            let isWord = Lexer.isWord(scalar)
            if isWord, !isInside { count += 1 }
            isInside = isWord
        }
        return count
    }

    private static func urlEncode(_ value: Value, _ i: Interpreter) throws(ChatTemplateError) -> String {
        if value.text != nil { return quoted(try i.text(of: value), keepsSlash: true) }
        let pairs: [Value]
        switch value {
        case .dict(let dict): pairs = dict.items()
        case .list, .tuple, .view, .iterator, .range: pairs = try i.iterate(value)
        default: return quoted(try i.text(of: value), keepsSlash: true)
        }
        var parts: [String] = []
        for pair in pairs {
            let members = try i.iterate(pair)
            guard members.count == 2 else { throw .runtime("urlencode needs pairs, got \(members.count) elements") }
            let key = quoted(try i.text(of: members[0]), keepsSlash: false)
            let value = quoted(try i.text(of: members[1]), keepsSlash: false)
            parts.append("\(key)=\(value)")
        }
        return parts.joined(separator: "&")
    }

    /// Percent-encodes all but the unreserved characters; unless `keepsSlash` (in a query), a space becomes `+`.
    private static func quoted(_ text: String, keepsSlash: Bool) -> String {
        var result = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isLetter = scalar.isASCII && scalar.properties.isAlphabetic
            if isLetter || ("0"..."9").contains(scalar) || ["-", ".", "_", "~"].contains(scalar)
                || (keepsSlash && scalar == "/")
            {
                result.unicodeScalars.append(scalar)
            } else if scalar == " ", !keepsSlash {
                result += "+"
            } else {
                result += "%" + PythonText.hex(UInt32(byte), digits: 2).uppercased()
            }
        }
        return result
    }
}

extension Interpreter {
    /// Implements `replace`, and charges for the result before building it.
    func replaced(
        _ text: String, _ old: String, _ new: String, _ limit: Int
    ) throws(ChatTemplateError) -> Value {
        if new.utf8.count > old.utf8.count {
            let matches = PythonText.count(of: old, in: text)
            let (growth, overflow) = matches.multipliedReportingOverflow(by: new.utf8.count)
            try charge(bytes: overflow ? .max : min(growth, Int.max / 2) + text.utf8.count)
        }
        return try string(PythonText.replace(text, old, with: new, limit: limit))
    }
}
