internal import Support

/// Finds added tokens in text, leftmost first and then longest, in one pass over a trie.
struct AddedTokenMatcher: Sendable {
    enum Segment {
        case text(Range<Int>)
        /// A token by its id, and the place of its text.
        case token(UInt32, Range<Int>)
    }

    private struct Node {
        var byte: UInt8
        /// One of the children; the others are its siblings.
        var child: Int?
        var sibling: Int?
        /// The token that ends here, as an index into `tokens`.
        var token: Int?
    }

    private let tokens: [AddedToken]
    private var startsToken = [Bool](repeating: false, count: 256)
    /// The first byte of all tokens, if they share it.
    private var onlyStart: UInt8?
    /// The trie; its root is first.
    private var nodes = [Node(byte: 0)]

    /// - Parameter spelling: gives the UTF-8 bytes by which a token is matched.
    init(_ tokens: [AddedToken], spelling: (AddedToken) -> [UInt8]) {
        self.tokens = tokens
        for (index, token) in tokens.enumerated() { insert(spelling(token), index) }
        let starts = startsToken.indices.filter { startsToken[$0] }
        onlyStart = starts.count == 1 ? UInt8(starts[0]) : nil
    }

    private mutating func insert(_ spelling: [UInt8], _ index: Int) {
        guard let first = spelling.first else { return }
        startsToken[Int(first)] = true
        var node = 0
        for byte in spelling {
            if let child = child(of: node, byte) {
                node = child
            } else {
                nodes.append(Node(byte: byte, sibling: nodes[node].child))
                nodes[node].child = nodes.count - 1
                node = nodes.count - 1
            }
        }
        nodes[node].token = index
    }

    /// Splits a text into tokens and the non-empty stretches between them.
    func segments(of bytes: [UInt8]) -> [Segment] {
        guard !tokens.isEmpty else { return bytes.isEmpty ? [] : [.text(0..<bytes.count)] }
        let bytes = bytes.span
        var segments: [Segment] = []
        var taken = 0
        var index = 0
        while index < bytes.count {
            index = nextStart(in: bytes, from: index)
            guard index < bytes.count else { break }
            guard let match = longestMatch(in: bytes, at: index) else {
                index += 1
                continue
            }
            let token = tokens[match.token]
            let range = index..<match.end
            index = match.end
            if token.isSingleWord, Self.touchesWord(range, in: bytes) { continue }
            let start =
                token.stripsLeft
                ? max(taken, Self.whitespaceStart(before: range.lowerBound, in: bytes)) : range.lowerBound
            if taken < start { segments.append(.text(taken..<start)) }
            segments.append(.token(token.id, range))
            taken = token.stripsRight ? Self.whitespaceEnd(after: range.upperBound, in: bytes) : range.upperBound
        }
        if taken < bytes.count { segments.append(.text(taken..<bytes.count)) }
        return segments
    }

    /// Splits each piece of a text into tokens and the stretches between them.
    func isolate(in text: inout PreTokenizedText) {
        var pieces: [Range<Int>] = []
        pieces.reserveCapacity(text.pieces.count)
        for piece in text.pieces {
            for segment in segments(of: Array(text.bytes[piece])) {
                switch segment {
                case .text(let range), .token(_, let range):
                    pieces.append(piece.lowerBound + range.lowerBound..<piece.lowerBound + range.upperBound)
                }
            }
        }
        text.pieces = pieces
    }

    /// The position, from `index` on, of a byte that starts a token; the end of the text if there is none.
    private func nextStart(in bytes: Span<UInt8>, from index: Int) -> Int {
        if let onlyStart { return bytes.firstIndex(of: onlyStart, from: index) }
        var index = index
        while index < bytes.count, !startsToken[Int(bytes[index])] { index += 1 }
        return index
    }

    private func longestMatch(in bytes: Span<UInt8>, at start: Int) -> (token: Int, end: Int)? {
        var match: (token: Int, end: Int)?
        var node = 0
        var index = start
        while index < bytes.count, let child = child(of: node, bytes[index]) {
            node = child
            index += 1
            if let token = nodes[node].token { match = (token, index) }
        }
        return match
    }

    private func child(of node: Int, _ byte: UInt8) -> Int? {
        var child = nodes[node].child
        while let candidate = child, nodes[candidate].byte != byte { child = nodes[candidate].sibling }
        return child
    }
}

extension AddedTokenMatcher {
    private static func whitespaceStart(before end: Int, in bytes: Span<UInt8>) -> Int {
        var start = end
        while start > 0, case let (scalar, length) = UTF8Scalars.decodeBackward(bytes, before: start),
            UnicodeCategorySet.whitespace.contains(scalar: scalar)
        {
            start -= length
        }
        return start
    }

    private static func whitespaceEnd(after start: Int, in bytes: Span<UInt8>) -> Int {
        var end = start
        while end < bytes.count, case let (scalar, length) = UTF8Scalars.decode(bytes, at: end),
            UnicodeCategorySet.whitespace.contains(scalar: scalar)
        {
            end += length
        }
        return end
    }

    private static func touchesWord(_ range: Range<Int>, in bytes: Span<UInt8>) -> Bool {
        let before = range.lowerBound > 0 ? UTF8Scalars.decodeBackward(bytes, before: range.lowerBound).scalar : nil
        let after = range.upperBound < bytes.count ? UTF8Scalars.decode(bytes, at: range.upperBound).scalar : nil
        return [before, after].contains { $0.map(isWord) ?? false }
    }

    /// Whether a scalar is a word character (Unicode Technical Standard 18, annex C).
    private static func isWord(_ scalar: UInt32) -> Bool {
        wordCategories.contains(scalar: scalar) || otherWordRanges.contains { $0.contains(scalar) }
    }

    private static let wordCategories = UnicodeCategorySet.letters.union(.marks)
        .union(UnicodeCategorySet(.decimalNumber, .letterNumber, .connectorPunctuation))

    /// Joiners and the alphabetic symbols.
    private static let otherWordRanges: [ClosedRange<UInt32>] = [
        0x200C...0x200D, 0x24B6...0x24E9, 0x1F130...0x1F149, 0x1F150...0x1F169, 0x1F170...0x1F189,
    ]
}
