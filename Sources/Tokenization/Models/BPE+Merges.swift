internal import Support

/// The merges of a file.
enum MergeList: Sendable {
    /// Lines `left right`, best first.
    case lines([String])
    /// Pairs, best first.
    case pairs([(String, String)])
    /// Any two tokens merge if the result is a token: in the order of the result's rank, and the leftmost of equal ones.
    /// By id; `noRank` for a token that is not a result.
    case ranks([UInt32])

    static let noRank = UInt32.max
}

extension MergeTable {
    /// Resolves merges against a vocabulary, which must contain both parts and the result of each.
    init(_ list: MergeList, vocabulary: Vocabulary, symbols: Symbols) throws(TokenizerError) {
        var reader = MergeReader(vocabulary: vocabulary)
        switch list {
        case .ranks(let ranks): self.init(ranks, vocabulary: vocabulary, symbols: symbols)
        case .lines(let lines):
            self.init(capacity: lines.count)
            for (rank, line) in lines.enumerated() {
                let bytes = line.utf8.span
                // The first token has at least one byte, which may be a space.
                let space = bytes.firstIndex(of: UInt8(ascii: " "), from: min(1, bytes.count))
                guard space < bytes.count else {
                    throw .invalid(field: "merges[\(rank)]", value: line, allowed: "two tokens separated by a space")
                }
                guard reader.read(bytes, 0..<space, bytes, space + 1..<bytes.count) else {
                    throw Self.unknownToken(line.utf8.prefix(space), line.utf8.dropFirst(space + 1), rank: rank)
                }
                insert(reader.left, reader.right, Merge(rank: UInt32(rank), id: reader.merged))
            }
        case .pairs(let pairs):
            self.init(capacity: pairs.count)
            for (rank, (left, right)) in pairs.enumerated() {
                let (first, second) = (left.utf8.span, right.utf8.span)
                guard reader.read(first, 0..<first.count, second, 0..<second.count) else {
                    throw Self.unknownToken(left.utf8[...], right.utf8[...], rank: rank)
                }
                insert(reader.left, reader.right, Merge(rank: UInt32(rank), id: reader.merged))
            }
        }
    }

    /// Finds the two parts of every token that is a result. The first symbol of a pair is a token, or a whole symbol.
    private init(_ ranks: [UInt32], vocabulary: Vocabulary, symbols: Symbols) {
        var found: [(left: UInt32, right: UInt32, merge: Merge)] = []
        found.reserveCapacity(ranks.count * 2)
        let spelling = vocabulary.spelling
        for (id, rank) in ranks.enumerated() where rank != MergeList.noRank && vocabulary.isRegular(UInt32(id)) {
            let token = Array(vocabulary.bytes(of: UInt32(id)))
            let bytes = token.span
            let merge = Merge(rank: rank, id: UInt32(id))
            guard !bytes.isEmpty else { continue }
            var middle = spelling.symbolEnd(in: bytes, at: 0)
            while middle < bytes.count {
                if let left = symbols.id(of: bytes, 0..<middle),
                    let right = symbols.id(of: bytes, middle..<bytes.count)
                {
                    found.append((left, right, merge))
                }
                middle = spelling.symbolEnd(in: bytes, at: middle)
            }
        }
        self.init(capacity: found.count)
        for (left, right, merge) in found { insert(left, right, merge) }
    }

    private static func unknownToken(
        _ left: Substring.UTF8View, _ right: Substring.UTF8View, rank: Int
    ) -> TokenizerError {
        .inconsistent(
            "merges[\(rank)], \(Substring(left)) + \(Substring(right)), names a token that is not in the vocabulary")
    }
}

/// Finds the token ids of merges, with one buffer for all of them.
private struct MergeReader {
    let vocabulary: Vocabulary
    /// The token ids of the last merge read.
    private(set) var left: UInt32 = 0
    private(set) var right: UInt32 = 0
    private(set) var merged: UInt32 = 0
    private var buffer: [UInt8] = []

    init(vocabulary: Vocabulary) { self.vocabulary = vocabulary }

    /// Reads a merge of two spellings; returns false if one of the three tokens is not in the vocabulary.
    mutating func read(
        _ first: Span<UInt8>, _ firstPart: Range<Int>, _ second: Span<UInt8>, _ secondPart: Range<Int>
    ) -> Bool {
        buffer.removeAll(keepingCapacity: true)
        let spelling = vocabulary.spelling
        guard spelling.append(first, firstPart, to: &buffer), case let middle = buffer.count,
            spelling.append(second, secondPart, to: &buffer), let ids = find(middle: middle)
        else { return false }
        (left, right, merged) = ids
        return true
    }

    private func find(middle: Int) -> (left: UInt32, right: UInt32, merged: UInt32)? {
        let bytes = buffer.span
        guard let left = vocabulary.id(ofBytes: bytes, 0..<middle),
            let right = vocabulary.id(ofBytes: bytes, middle..<bytes.count),
            // Vocabularies list the results of merges in the order of the merges.
            let merged = vocabulary.id(ofBytes: bytes, 0..<bytes.count, guess: merged + 1)
        else { return nil }
        return (left, right, merged)
    }
}
