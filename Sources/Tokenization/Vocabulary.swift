/// The tokens of a model by id: their spellings in the file and the bytes they stand for.
///
/// Ids may have holes; a hole has no text and no bytes and is not found by a search.
struct Vocabulary: Sendable {
    /// Limits the memory that a malformed file can make the tables allocate.
    static let maximumID = 1 << 22 - 1

    private let bytes: FlatByteStrings
    private let index: ByteStringIndex
    /// Ids by spelling of the tokens that merges never produce: added tokens and spellings outside the alphabet.
    private let irregular: [[UInt8]: UInt32]
    /// All ids below this one are regular: not in `irregular`.
    private let regularCount: UInt32

    /// - Parameters:
    ///   - tokens: spelling by id, empty for a hole.
    ///   - modelCount: ids from here on belong to added tokens only.
    ///   - decoder: gives the bytes of a spelling.
    init(tokens: [String], modelCount: Int, decoder: ByteLevelDecoder) throws(TokenizerError) {
        var bytes = FlatByteStrings(capacity: tokens.count)
        var index = ByteStringIndex(capacity: modelCount)
        var irregular: [[UInt8]: UInt32] = [:]
        var spelled: [UInt8] = []
        for (id, token) in tokens.enumerated() {
            spelled.removeAll(keepingCapacity: true)
            let spelling = token.utf8.span
            let isRegular = decoder.append(spelling, 0..<spelling.count, to: &spelled)
            if isRegular { bytes.append(spelled) } else { bytes.append(token.utf8) }
            guard !token.isEmpty else { continue }
            let previous =
                if isRegular && id < modelCount {
                    index.insert(UInt32(id), in: bytes)
                } else {
                    irregular.updateValue(UInt32(id), forKey: Array(token.utf8))
                }
            if let previous { throw .inconsistent("the token \(token) has two ids, \(previous) and \(id)") }
        }
        self.bytes = bytes
        self.index = index
        self.irregular = irregular
        regularCount = irregular.values.min() ?? UInt32(tokens.count)
    }

    /// One more than the largest id.
    var count: Int { bytes.count }

    /// The vocabulary's spelling of a token.
    func text(of id: UInt32, decoder: ByteLevelDecoder) -> String {
        let bytes = bytes(of: id)
        let isSpelledOut = irregular[Array(bytes)] == id
        return isSpelledOut ? String(decoding: bytes, as: UTF8.self) : decoder.spelling(of: bytes)
    }

    func bytes(of id: UInt32) -> ArraySlice<UInt8> { bytes[Int(id)] }

    /// The concatenated text of tokens.
    func decode(_ ids: [UInt32]) -> String { bytes.text(ids) }

    /// The id of the model's token with the bytes `key` of `text`; nil if there is none.
    func id(ofBytes text: Span<UInt8>, _ key: Range<Int>) -> UInt32? { index.find(text, key, in: bytes) }

    /// Like `id(ofBytes:_:)`, but tries a likely id first.
    func id(ofBytes text: Span<UInt8>, _ key: Range<Int>, guess: UInt32) -> UInt32? {
        if guess < regularCount, bytes.equals(Int(guess), text, key) { return guess }
        return id(ofBytes: text, key)
    }

    func id(ofBytes key: [UInt8]) -> UInt32? { id(ofBytes: key.span, 0..<key.count) }

    /// The id of a token by its spelling; nil if there is none.
    func id(of text: String, decoder: ByteLevelDecoder) -> UInt32? {
        decoder.bytes(of: text).flatMap { id(ofBytes: $0) } ?? irregular[Array(text.utf8)]
    }
}
