/// The tokens of a model by id: how the file spells them and the bytes they stand for.
///
/// Ids may have holes; a hole has no text, no bytes and is not found by a search.
struct Vocabulary: Sendable {
    /// Bounds what a malformed file can make the tables allocate.
    static let maximumID = 1 << 22 - 1

    private let texts: FlatByteStrings
    private let bytes: FlatByteStrings
    private let index: ByteStringIndex
    /// Tokens that the model never produces by itself, by spelling: added tokens, and spellings outside the alphabet.
    private let irregular: [[UInt8]: UInt32]

    /// - Parameters:
    ///   - tokens: spelling by id, empty for a hole.
    ///   - modelCount: ids from here on belong to added tokens only.
    ///   - decoder: gives the bytes of a spelling.
    init(tokens: [String], modelCount: Int, decoder: ByteLevelDecoder) throws(TokenizerError) {
        var texts = FlatByteStrings(capacity: tokens.count)
        var bytes = FlatByteStrings(capacity: tokens.count)
        var index = ByteStringIndex(capacity: modelCount)
        var irregular: [[UInt8]: UInt32] = [:]
        var spelled: [UInt8] = []
        for (id, token) in tokens.enumerated() {
            spelled.removeAll(keepingCapacity: true)
            let isRegular = decoder.append(token.utf8, to: &spelled)
            texts.append(token.utf8)
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
        self.texts = texts
        self.bytes = bytes
        self.index = index
        self.irregular = irregular
    }

    /// One more than the largest id.
    var count: Int { texts.count }

    func text(of id: UInt32) -> String { String(decoding: texts[Int(id)], as: UTF8.self) }

    func bytes(of id: UInt32) -> ArraySlice<UInt8> { bytes[Int(id)] }

    /// The text that tokens make one after the other.
    func decode(_ ids: [UInt32]) -> String { bytes.text(ids) }

    /// The id of a token of the model by its bytes, a part of `text`.
    func id(ofBytes text: Span<UInt8>, _ key: Range<Int>) -> UInt32? { index.find(text, key, in: bytes) }

    func id(ofBytes key: [UInt8]) -> UInt32? { id(ofBytes: key.span, 0..<key.count) }

    /// The id of a token by its spelling.
    func id(of text: String, decoder: ByteLevelDecoder) -> UInt32? {
        decoder.bytes(of: text).flatMap { id(ofBytes: $0) } ?? irregular[Array(text.utf8)]
    }
}
