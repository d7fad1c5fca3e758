/// Splits text the way GPT-2 did and may put a space before it. That the vocabulary is spelled in printable characters
/// needs no step here: it was translated to bytes when it was read.
struct ByteLevelPreTokenizer: PreTokenizer {
    private let addsPrefixSpace: Bool
    private let splitter: SplitPreTokenizer?

    init(_ fields: TokenizerFields) throws(TokenizerError) {
        let usesPattern = try fields.bool("use_regex", default: true)
        try self.init(addsPrefixSpace: try fields.bool("add_prefix_space", default: true), usesPattern: usesPattern)
    }

    init(addsPrefixSpace: Bool, usesPattern: Bool) throws(TokenizerError) {
        self.addsPrefixSpace = addsPrefixSpace
        splitter = usesPattern ? try SplitPreTokenizer(KnownPatterns.gpt2, field: "pre_tokenizer") : nil
    }

    func split(_ text: inout PreTokenizedText) {
        if addsPrefixSpace { Self.prefixPieces(of: &text) }
        splitter?.split(&text)
    }

    private static func prefixPieces(of text: inout PreTokenizedText) {
        let space = UInt8(ascii: " ")
        guard text.pieces.contains(where: { text.bytes[$0.lowerBound] != space }) else { return }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.bytes.count + text.pieces.count)
        for (index, piece) in text.pieces.enumerated() {
            let start = bytes.count
            if text.bytes[piece.lowerBound] != space { bytes.append(space) }
            bytes += text.bytes[piece]
            text.pieces[index] = start..<bytes.count
        }
        text.bytes = bytes
    }
}
