extension Lexer {
    /// Reads the tokens of a tag and its end. An end inside open brackets does not count: `{{ {'a': {}} }}`.
    mutating func readTagBody(closing: Token.Kind) throws(ChatTemplateError) {
        var expected: [Symbol] = []
        while true {
            position = skipLines()
            guard position < source.count else { return }
            if expected.isEmpty, let next = end(of: closing) {
                emit(closing)
                return advance(to: next)
            }
            try readToken(expected: &expected)
        }
    }

    private mutating func skipLines() -> Int {
        let next = skippingWhitespace(from: position)
        advance(to: next)
        return next
    }

    private func end(of closing: Token.Kind) -> Int? {
        if closing == .variableEnd {
            if matches("-}}", at: position) { return skippingWhitespace(from: position + 3) }
            return matches("}}", at: position) ? position + 2 : nil
        }
        if matches("%}", at: position) { return tagEnd(after: position + 2, control: " ") }
        guard source[position] == "-" || source[position] == "+", matches("%}", at: position + 1) else { return nil }
        return tagEnd(after: position + 3, control: source[position])
    }

    private mutating func readToken(expected: inout [Symbol]) throws(ChatTemplateError) {
        let scalar = source[position]
        if scalar == "'" || scalar == "\"" { return try readString(quote: scalar) }
        if isDigit(at: position) { return try readNumber() }
        if Lexer.isWord(scalar) { return try readName() }
        guard let symbol = symbol() else {
            throw failure("unexpected character \(PythonText.quoted(String(scalar)))")
        }
        if let closing = symbol.closing {
            expected.append(closing)
        } else if symbol.isClosing {
            guard let wanted = expected.popLast() else { throw failure("unexpected '\(symbol.rawValue)'") }
            guard wanted == symbol else {
                throw failure("unexpected '\(symbol.rawValue)', expected '\(wanted.rawValue)'")
            }
        }
        emit(.symbol(symbol))
        position += symbol.rawValue.utf8.count
    }

    private func symbol() -> Symbol? {
        let first = String(source[position])
        if position + 1 < source.count, let symbol = Symbol(rawValue: first + String(source[position + 1])) {
            return symbol
        }
        return Symbol(rawValue: first)
    }

    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar == "_" || scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) }
        return scalar.properties.generalCategory.isLetter || scalar.properties.numericType != nil
    }

    private mutating func readName() throws(ChatTemplateError) {
        var name = String.UnicodeScalarView()
        var end = position
        while end < source.count, Lexer.isWord(source[end]) {
            name.append(source[end])
            end += 1
        }
        let isIdentifier =
            (source[position] == "_" || source[position].properties.isXIDStart)
            && name.dropFirst().allSatisfy { $0.properties.isXIDContinue }
        guard isIdentifier else { throw failure("invalid character in identifier") }
        emit(.name(String(name)))
        position = end
    }
}

// MARK: Numbers

extension Lexer {
    private func isDigit(at offset: Int, radix: Int = 10) -> Bool {
        guard offset < source.count, source[offset].isASCII else { return false }
        return Character(source[offset]).hexDigitValue.map { $0 < radix } ?? false
    }

    /// The end of a run of digits, which underscores may separate.
    private func digitsEnd(from offset: Int, radix: Int = 10) -> Int {
        var index = offset
        while isDigit(at: index, radix: radix)
            || (index > offset && index < source.count && source[index] == "_" && isDigit(at: index + 1, radix: radix))
        {
            index += 1
        }
        return index
    }

    private mutating func readNumber() throws(ChatTemplateError) {
        let followsDot = position > 0 && source[position - 1] == "."
        if !followsDot, let end = floatEnd() {
            emit(.float(Double(literal(upTo: end)) ?? .infinity))
            position = end
            return
        }
        let (digits, radix) = integerStart()
        var end = digitsEnd(from: digits, radix: radix)
        if radix == 10, source[digits] == "0" {
            end = digits
            while end < source.count, source[end] == "0" || (source[end] == "_" && matches("0", at: end + 1)) {
                end += 1
            }
        }
        position = digits
        guard let value = Int128(literal(upTo: end), radix: radix) else {
            throw failure("integer does not fit in 128 bits")
        }
        emit(.integer(value))
        position = end
    }

    private func literal(upTo end: Int) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: source[position..<end].lazy.filter { $0 != "_" })
        return String(text)
    }

    private func integerStart() -> (digits: Int, radix: Int) {
        guard source[position] == "0", position + 2 < source.count else { return (position, 10) }
        let radix =
            switch source[position + 1] {
            case "x", "X": 16
            case "o", "O": 8
            case "b", "B": 2
            default: 10
            }
        let digits = position + (matches("_", at: position + 2) ? 3 : 2)
        return radix != 10 && isDigit(at: digits, radix: radix) ? (digits, radix) : (position, 10)
    }

    /// The end of a number with a fraction or an exponent; nil for an integer.
    private func floatEnd() -> Int? {
        let whole = digitsEnd(from: position)
        var end = whole
        if matches(".", at: end), isDigit(at: end + 1) { end = digitsEnd(from: end + 1) }
        if matches("e", at: end) || matches("E", at: end) {
            let isSigned = matches("+", at: end + 1) || matches("-", at: end + 1)
            let exponent = end + (isSigned ? 2 : 1)
            if isDigit(at: exponent) { end = digitsEnd(from: exponent) }
        }
        return end > whole ? end : nil
    }
}

// MARK: Strings

extension Lexer {
    private mutating func readString(quote: Unicode.Scalar) throws(ChatTemplateError) {
        var text = String.UnicodeScalarView()
        var index = position + 1
        while index < source.count, source[index] != quote {
            if source[index] == "\\" {
                index = try readEscape(at: index + 1, into: &text)
            } else {
                text.append(source[index])
                index += 1
            }
        }
        guard index < source.count else { throw failure("unexpected character '\(quote)'") }
        emit(.string(String(text)))
        advance(to: index + 1)
    }

    /// Reads one of Python's escapes and returns the offset after it; an unknown escape keeps its backslash.
    private func readEscape(
        at offset: Int, into text: inout String.UnicodeScalarView
    ) throws(ChatTemplateError) -> Int {
        guard offset < source.count else { return offset }
        let next = offset + 1
        switch source[offset] {
        case "\n": return next
        case "\\", "'", "\"": text.append(source[offset])
        case "a": text.append("\u{07}")
        case "b": text.append("\u{08}")
        case "f": text.append("\u{0C}")
        case "n": text.append("\n")
        case "r": text.append("\r")
        case "t": text.append("\t")
        case "v": text.append("\u{0B}")
        case "0"..."7": return try readCode(at: offset, digits: 1...3, radix: 8, into: &text)
        case "x": return try readCode(at: next, digits: 2...2, radix: 16, into: &text)
        case "u": return try readCode(at: next, digits: 4...4, radix: 16, into: &text)
        case "U": return try readCode(at: next, digits: 8...8, radix: 16, into: &text)
        case "N": throw failure("character names in escapes are not supported")
        case let scalar where scalar.isASCII:
            text.append("\\")
            text.append(scalar)
        default:
            // The reference encodes non-ASCII characters as escapes before it resolves escapes.
            text.append(contentsOf: PythonText.escaped(source[offset]).unicodeScalars)
        }
        return next
    }

    private func readCode(
        at offset: Int, digits: ClosedRange<Int>, radix: Int, into text: inout String.UnicodeScalarView
    ) throws(ChatTemplateError) -> Int {
        var code: UInt32 = 0
        var index = offset
        while index < offset + digits.upperBound, isDigit(at: index, radix: radix),
            let digit = Character(source[index]).hexDigitValue
        {
            code = code &* UInt32(radix) &+ UInt32(digit)
            index += 1
        }
        guard index - offset >= digits.lowerBound else { throw failure("truncated escape in a string") }
        guard let scalar = Unicode.Scalar(code) else { throw failure("escape in a string is not a Unicode character") }
        text.append(scalar)
        return index
    }
}
