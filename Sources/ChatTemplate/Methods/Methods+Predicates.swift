extension Methods {
    static let predicateTable: [String: Operation] = [
        "isalpha": all { $0.properties.generalCategory.isLetter },
        "isdigit": all { [.decimal, .digit].contains($0.properties.numericType) },
        "isdecimal": all { $0.properties.numericType == .decimal },
        "isnumeric": all { $0.properties.numericType != nil },
        "isalnum": all { $0.properties.generalCategory.isLetter || $0.properties.numericType != nil },
        "isspace": all(PythonText.isSpace),
        "isprintable": holds { $0.unicodeScalars.allSatisfy { $0 == " " || PythonText.isPrintable($0) } },
        "isascii": holds { $0.utf8.allSatisfy { $0 < 0x80 } },
        "islower": holds(PythonText.isLower),
        "isupper": holds(PythonText.isUpper),
        "istitle": holds(PythonText.isTitle),
        "isidentifier": holds { text in
            guard let first = text.unicodeScalars.first else { return false }
            return (first == "_" || first.properties.isXIDStart)
                && text.unicodeScalars.dropFirst().allSatisfy { $0.properties.isXIDContinue }
        },
    ]

    private static func holds(_ predicate: @escaping @Sendable (String) -> Bool) -> Operation {
        Operation { value, _, i throws(ChatTemplateError) in .bool(predicate(try i.text(of: value))) }
    }

    /// True for a non-empty string in which every code point satisfies the predicate.
    private static func all(_ predicate: @escaping @Sendable (Unicode.Scalar) -> Bool) -> Operation {
        holds { !$0.isEmpty && $0.unicodeScalars.allSatisfy(predicate) }
    }

    // MARK: Padding

    static let paddingTable: [String: Operation] = [
        "center": padding { PythonText.centered($0, to: $1, fill: $2) },
        "ljust": padding { PythonText.padded($0, to: $1, fill: $2) { _ in 0 } },
        "rjust": padding { PythonText.padded($0, to: $1, fill: $2) { $0 } },
        "zfill": Operation("_width") { value, arguments, i throws(ChatTemplateError) in
            let width = try arguments.integer(0)
            try i.charge(bytes: max(0, width))
            let text = try i.text(of: value)
            let sign = text.hasPrefix("-") || text.hasPrefix("+") ? String(text.prefix(1)) : ""
            let digits = String(text.dropFirst(sign.count))
            let padded = PythonText.padded(digits, to: width - sign.utf8.count, fill: "0") { $0 }
            return try i.text(sign + padded, like: value)
        },
        "expandtabs": Operation("tabsize?") { value, arguments, i throws(ChatTemplateError) in
            let size = try arguments.integer(0, default: 8)
            let text = try i.text(of: value)
            let tabs = text.utf8.lazy.filter { $0 == 0x09 }.count
            let (growth, overflow) = tabs.multipliedReportingOverflow(by: max(0, size))
            try i.charge(bytes: overflow ? .max : growth)
            return try i.text(expandingTabs(text, size), like: value)
        },
    ]

    private static func padding(
        _ pad: @escaping @Sendable (String, Int, String) -> String
    ) -> Operation {
        Operation("_width", "_fill?") { value, arguments, i throws(ChatTemplateError) in
            let width = try arguments.integer(0)
            let fill = arguments[1] == nil ? " " : try arguments.text(1)
            guard fill.unicodeScalars.count == 1 else {
                throw .runtime("the fill character must be exactly one character long")
            }
            let (bytes, overflow) = width.multipliedReportingOverflow(by: fill.utf8.count)
            try i.charge(bytes: overflow ? .max : max(0, bytes))
            return try i.text(pad(try i.text(of: value), width, fill), like: value)
        }
    }

    private static func expandingTabs(_ text: String, _ size: Int) -> String {
        var result = ""
        var column = 0
        for scalar in text.unicodeScalars {
            if scalar == "\t" {
                let blanks = size > 0 ? size - column % size : 0
                result += String(repeating: " ", count: blanks)
                column += blanks
            } else {
                result.unicodeScalars.append(scalar)
                column = scalar == "\n" || scalar == "\r" ? 0 : column + 1
            }
        }
        return result
    }
}
