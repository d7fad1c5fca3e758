/// Splits a source into tokens: the text between tags and the contents of tags. Applies whitespace control, so that the
/// text tokens are exactly the text that is printed.
struct Lexer {
    /// The source with `\n` as its only line break and without one at its end.
    let source: [Unicode.Scalar]
    var position = 0
    var line = 1
    /// Offset of the current line's first character.
    private var lineStart = 0
    var tokens: [Token] = []

    init(_ text: String) {
        source = Lexer.normalized(text)
    }

    static func tokenize(_ text: String) throws(ChatTemplateError) -> [Token] {
        var lexer = Lexer(text)
        while lexer.position < lexer.source.count { try lexer.readTextAndTag() }
        lexer.emit(.end)
        return lexer.tokens
    }

    private static func normalized(_ text: String) -> [Unicode.Scalar] {
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(text.utf8.count)
        var afterReturn = false
        for scalar in text.unicodeScalars {
            if scalar != "\n" || !afterReturn { scalars.append(scalar == "\r" ? "\n" : scalar) }
            afterReturn = scalar == "\r"
        }
        if scalars.last == "\n" { scalars.removeLast() }
        return scalars
    }

    /// The character of the current position in its line, counted from 1.
    private var column: Int { position - lineStart + 1 }

    mutating func emit(_ kind: Token.Kind) {
        tokens.append(Token(kind: kind, line: line, column: column))
    }

    func failure(_ message: String) -> ChatTemplateError {
        ChatTemplateError(.syntax, message, line: line, column: column)
    }

    func matches(_ text: StaticString, at offset: Int) -> Bool {
        var index = offset
        for scalar in "\(text)".unicodeScalars {
            guard index < source.count, source[index] == scalar else { return false }
            index += 1
        }
        return true
    }

    func skippingWhitespace(from offset: Int) -> Int {
        var index = offset
        while index < source.count, PythonText.isSpace(source[index]) { index += 1 }
        return index
    }

    /// Advances to `offset`, counting lines.
    mutating func advance(to offset: Int) {
        for index in position..<offset where source[index] == "\n" {
            line += 1
            lineStart = index + 1
        }
        position = offset
    }
}

// MARK: Text between tags

extension Lexer {
    private enum Opening: Unicode.Scalar {
        case variable = "{"
        case block = "%"
        case comment = "#"
    }

    /// Reads the text from `position` up to the next tag, then that tag.
    private mutating func readTextAndTag() throws(ChatTemplateError) {
        let start = position
        var index = start
        while index < source.count {
            if source[index] == "{", index + 1 < source.count, let opening = Opening(rawValue: source[index + 1]) {
                emitText(from: start, upTo: index, strips: opening != .variable)
                advance(to: index)
                return try readTag(opening)
            }
            index += 1
        }
        emit(.data(string(start..<source.count)))
        advance(to: source.count)
    }

    private mutating func readTag(_ opening: Opening) throws(ChatTemplateError) {
        let isSigned = sign(at: position + 2) != nil
        let body = position + (isSigned ? 3 : 2)
        switch opening {
        case .variable:
            emit(.variableBegin)
            advance(to: body)
            try readTagBody(closing: .variableEnd)
        case .comment:
            advance(to: body)
            try skipComment()
        case .block:
            if let rawBody = rawBlockBody(from: body) {
                advance(to: rawBody)
                return try readRawBlock()
            }
            emit(.blockBegin)
            advance(to: body)
            try readTagBody(closing: .blockEnd)
        }
    }

    private func sign(at offset: Int) -> Unicode.Scalar? {
        guard offset < source.count, source[offset] == "-" || source[offset] == "+" else { return nil }
        return source[offset]
    }

    private func string(_ range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: source[range])
        return String(text)
    }

    /// Emits the text before the tag at `end`: without trailing whitespace if the tag has a `-`, and without the tag's
    /// indentation if the tag is first on its line and `strips` (not for `{{`, nor for a tag with a `+`).
    private mutating func emitText(from start: Int, upTo end: Int, strips: Bool) {
        var last = end
        switch sign(at: end + 2) {
        case "-":
            while last > start, PythonText.isSpace(source[last - 1]) { last -= 1 }
        case nil where strips:
            var lineStart = end
            while lineStart > start, source[lineStart - 1] != "\n" { lineStart -= 1 }
            let startsLine = lineStart > start || start == 0 || source[start - 1] == "\n"
            if startsLine, source[lineStart..<end].allSatisfy(PythonText.isSpace) { last = lineStart }
        default: break
        }
        if last > start { emit(.data(string(start..<last))) }
    }

    /// Skips a comment. An opening at the very end of the source is not an error.
    private mutating func skipComment() throws(ChatTemplateError) {
        guard position < source.count else { return }
        var index = position
        while index < source.count, !matches("#}", at: index) { index += 1 }
        guard index < source.count else { throw failure("missing end of comment tag") }
        let end = index + 2
        let control = index > position ? source[index - 1] : " "
        advance(to: tagEnd(after: end, control: control))
    }

    /// The offset of the next token after a block or comment that ends at `end`.
    func tagEnd(after end: Int, control: Unicode.Scalar) -> Int {
        switch control {
        case "-": skippingWhitespace(from: end)
        case "+": end
        default: end < source.count && source[end] == "\n" ? end + 1 : end
        }
    }
}

// MARK: Raw blocks

extension Lexer {
    /// The offset of a raw block's text if the tag whose contents start at `offset` opens one; otherwise nil.
    private func rawBlockBody(from offset: Int) -> Int? {
        let word = skippingWhitespace(from: offset)
        guard matches("raw", at: word) else { return nil }
        let end = skippingWhitespace(from: word + 3)
        if matches("%}", at: end) { return end + 2 }
        return matches("-%}", at: end) ? skippingWhitespace(from: end + 3) : nil
    }

    /// Reads a raw block. An opening at the very end of the source is not an error.
    private mutating func readRawBlock() throws(ChatTemplateError) {
        guard position < source.count else { return }
        let start = position
        var index = start
        while index < source.count {
            if matches("{%", at: index), let end = rawBlockEnd(at: index) {
                emitText(from: start, upTo: index, strips: true)
                return advance(to: end)
            }
            index += 1
        }
        throw failure("missing end of raw directive")
    }

    private func rawBlockEnd(at offset: Int) -> Int? {
        let word = skippingWhitespace(from: offset + (sign(at: offset + 2) == nil ? 2 : 3))
        guard matches("endraw", at: word) else { return nil }
        let end = skippingWhitespace(from: word + 6)
        if matches("%}", at: end) { return tagEnd(after: end + 2, control: " ") }
        guard let control = sign(at: end), matches("%}", at: end + 1) else { return nil }
        return tagEnd(after: end + 3, control: control)
    }
}
