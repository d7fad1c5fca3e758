/// The way in which a vocabulary spells the bytes of its tokens.
enum Spelling: Sendable {
    /// A printable character for each byte, as GPT-2 has it.
    case byteLevel(ByteAlphabet)
    /// Plain text with `▁` (U+2581) for a space, and `<0xNN>` for single bytes, as SentencePiece has it.
    case spaced
    /// The text itself; white space is in no token.
    case plain

    static let bytes = Self.byteLevel(ByteAlphabet())

    /// Appends the bytes that a part of a spelling stands for; returns false, with unspecified bytes appended, if the
    /// spelling is not one that text is ever split into.
    func append(_ spelling: Span<UInt8>, _ part: Range<Int>, to output: inout [UInt8]) -> Bool {
        switch self {
        case .byteLevel(let alphabet): return alphabet.append(spelling, part, to: &output)
        case .spaced: return Spaces.append(spelling, part, to: &output)
        case .plain:
            for index in part { output.append(spelling[index]) }
            return true
        }
    }

    /// The bytes that a spelling stands for; nil if text is never split into it.
    func bytes(of spelling: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        let span = spelling.utf8.span
        return append(span, 0..<span.count, to: &bytes) ? bytes : nil
    }

    /// The spelling of bytes.
    func spelling(of bytes: some Sequence<UInt8>) -> String {
        switch self {
        case .byteLevel(let alphabet): alphabet.spelling(of: bytes)
        case .spaced: Spaces.spelling(of: bytes)
        case .plain: String(decoding: Array(bytes), as: UTF8.self)
        }
    }

    /// The byte of a token `<0xNN>` in a vocabulary that falls back to bytes; otherwise nil.
    func fallbackByte(_ token: String) -> UInt8? {
        if case .byteLevel = self { return nil }
        return Spaces.fallbackByte(token)
    }

    /// The end of the symbol that starts at `index`: the unit from which merges start, a byte or a character.
    func symbolEnd(in bytes: Span<UInt8>, at index: Int) -> Int {
        switch self {
        case .byteLevel: index + 1
        case .spaced, .plain: index + UTF8Scalars.decode(bytes, at: index).length
        }
    }
}

/// The mark `▁` that stands for a space in SentencePiece's vocabularies. Inside, a space is a space: the mark becomes
/// one in vocabularies and in text, which makes both fold alike.
enum Spaces {
    /// U+2581 in UTF-8.
    static let mark: [UInt8] = [0xE2, 0x96, 0x81]
    static let markText = "\u{2581}"
    static let space = UInt8(ascii: " ")

    static func isMark(_ bytes: Span<UInt8>, at index: Int, to limit: Int) -> Bool {
        bytes[index] == 0xE2 && limit - index >= 3 && bytes[index + 1] == 0x96 && bytes[index + 2] == 0x81
    }

    /// Appends a spelling with spaces for marks; returns false if it has a literal space, which no text matches.
    static func append(_ spelling: Span<UInt8>, _ part: Range<Int>, to output: inout [UInt8]) -> Bool {
        var index = part.lowerBound
        while index < part.upperBound {
            if isMark(spelling, at: index, to: part.upperBound) {
                output.append(space)
                index += 3
            } else {
                if spelling[index] == space { return false }
                output.append(spelling[index])
                index += 1
            }
        }
        return true
    }

    static func spelling(of bytes: some Sequence<UInt8>) -> String {
        var spelling: [UInt8] = []
        for byte in bytes {
            if byte == space { spelling += mark } else { spelling.append(byte) }
        }
        return String(decoding: spelling, as: UTF8.self)
    }

    static func fallbackByte(_ token: String) -> UInt8? {
        let bytes = Array(token.utf8)
        guard bytes.count == 6, token.hasPrefix("<0x"), token.hasSuffix(">") else { return nil }
        let digits = token.dropFirst(3).dropLast()
        return digits.uppercased() == digits ? UInt8(digits, radix: 16) : nil
    }

    static func fallbackToken(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "<0x\(digits.count == 1 ? "0" : "")\(digits)>"
    }
}
