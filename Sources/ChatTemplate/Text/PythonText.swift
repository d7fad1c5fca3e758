/// Python's view of strings: sequences of code points, with Python's notion of whitespace and lines.
enum PythonText {
    /// `str.isspace` for one code point.
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// Whether `str.splitlines` breaks lines at this code point.
    static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    /// `strip`, `lstrip` and `rstrip`: removes whitespace, or the code points in `characters`, from the ends.
    static func strip(
        _ text: String, characters: String? = nil, leading: Bool = true, trailing: Bool = true
    ) -> String {
        let set = characters.map { Set($0.unicodeScalars) }
        func strips(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? isSpace(scalar) }
        var rest = Substring(text).unicodeScalars
        if leading { rest = rest.drop(while: strips) }
        if trailing {
            while let last = rest.last, strips(last) { rest.removeLast() }
        }
        return rest.startIndex == text.startIndex && rest.endIndex == text.endIndex ? text : String(rest)
    }

    /// `splitlines`.
    static func lines(_ text: String, keepingEnds: Bool = false) -> [String] {
        var lines: [String] = []
        let scalars = text.unicodeScalars
        var start = scalars.startIndex
        while start < scalars.endIndex {
            var end = start
            while end < scalars.endIndex, !isLineBreak(scalars[end]) { end = scalars.index(after: end) }
            var next = end
            if end < scalars.endIndex {
                next = scalars.index(after: end)
                if scalars[end] == "\r", next < scalars.endIndex, scalars[next] == "\n" {
                    next = scalars.index(after: next)
                }
            }
            lines.append(String(scalars[start..<(keepingEnds ? next : end)]))
            start = next
        }
        return lines
    }

    /// `repr` of a string.
    static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != 0x27 && $0 != 0x5C }
        if isPlain { return "'" + text + "'" }
        let quote: Unicode.Scalar = text.utf8.contains(0x27) && !text.utf8.contains(0x22) ? "\"" : "'"
        var result = String.UnicodeScalarView()
        result.append(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case quote, "\\":
                result.append("\\")
                result.append(scalar)
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\r": result.append(contentsOf: "\\r".unicodeScalars)
            case "\t": result.append(contentsOf: "\\t".unicodeScalars)
            case _ where isPrintable(scalar): result.append(scalar)
            default: result.append(contentsOf: escaped(scalar).unicodeScalars)
            }
        }
        result.append(quote)
        return String(result)
    }

    /// `str.isprintable` for one code point.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value < 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default: return true
        }
    }

    /// A code point as a Python escape.
    static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case ..<0x100: "\\x" + hex(scalar.value, digits: 2)
        case ..<0x10000: "\\u" + hex(scalar.value, digits: 4)
        default: "\\U" + hex(scalar.value, digits: 8)
        }
    }

    static func hex(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    /// Pads `text` with copies of `fill` to `width` code points; `before` gives the part of the padding put in front.
    static func padded(_ text: String, to width: Int, fill: String = " ", before: (Int) -> Int) -> String {
        let padding = width - text.unicodeScalars.count
        guard padding > 0 else { return text }
        let front = before(padding)
        return String(repeating: fill, count: front) + text + String(repeating: fill, count: padding - front)
    }

    /// `center`, which puts an odd fill character in front if the width is odd.
    static func centered(_ text: String, to width: Int, fill: String = " ") -> String {
        padded(text, to: width, fill: fill) { $0 / 2 + ($0 & width & 1) }
    }
}

extension Unicode.GeneralCategory {
    var isLetter: Bool {
        switch self {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }
}
