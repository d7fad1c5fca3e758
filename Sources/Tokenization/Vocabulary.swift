/// The tokens of a model by id: their spellings in the file and the bytes they stand for.
///
/// Ids may have holes; a hole has no text and no bytes and is not found by a search.
struct Vocabulary: Sendable {
    /// Limits the memory that a malformed file can make the tables allocate.
    static let maximumID = 1 << 22 - 1

    let spelling: Spelling
    /// The ids of the model's own tokens; others belong to added tokens only.
    let modelIDs: Range<Int>
    /// The tokens `<0xNN>` by byte; empty in a byte-level vocabulary.
    private(set) var fallbackIDs: [UInt8: UInt32] = [:]
    private let bytes: FlatByteStrings
    private let index: ByteStringIndex
    /// Ids by spelling of the tokens that merges never produce: added tokens, single bytes and spellings that text is
    /// never split into.
    private let irregular: [[UInt8]: UInt32]
    private let isIrregular: [Bool]

    /// - Parameters:
    ///   - tokens: spelling by id, empty for a hole.
    ///   - modelIDs: the ids of the model's own tokens.
    ///   - hasFallback: whether tokens `<0xNN>` stand for bytes.
    init(tokens: [String], modelIDs: Range<Int>, spelling: Spelling, hasFallback: Bool) throws(TokenizerError) {
        self.spelling = spelling
        self.modelIDs = modelIDs
        var builder = Builder(spelling: spelling, modelIDs: modelIDs, tokenCount: tokens.count)
        for (id, token) in tokens.enumerated() {
            let byte = hasFallback ? spelling.fallbackByte(token) : nil
            if let byte, modelIDs.contains(id) { fallbackIDs[byte] = UInt32(id) }
            try builder.append(token, fallbackByte: byte)
        }
        bytes = builder.bytes
        index = builder.index
        irregular = builder.irregular
        isIrregular = builder.isIrregular
    }

    private struct Builder {
        let spelling: Spelling
        let modelIDs: Range<Int>
        var bytes: FlatByteStrings
        var index: ByteStringIndex
        var irregular: [[UInt8]: UInt32] = [:]
        var isIrregular: [Bool] = []
        private var spelled: [UInt8] = []

        init(spelling: Spelling, modelIDs: Range<Int>, tokenCount: Int) {
            self.spelling = spelling
            self.modelIDs = modelIDs
            bytes = FlatByteStrings(capacity: tokenCount)
            index = ByteStringIndex(capacity: modelIDs.count)
            isIrregular.reserveCapacity(tokenCount)
        }

        mutating func append(_ token: String, fallbackByte: UInt8?) throws(TokenizerError) {
            let id = bytes.count
            spelled.removeAll(keepingCapacity: true)
            let span = token.utf8.span
            let isSpelled = spelling.append(span, 0..<span.count, to: &spelled)
            if let fallbackByte {
                bytes.append([fallbackByte])
            } else if isSpelled {
                bytes.append(spelled)
            } else {
                bytes.append(token.utf8)
            }
            let isRegular = isSpelled && fallbackByte == nil && modelIDs.contains(id)
            isIrregular.append(!isRegular)
            guard !token.isEmpty else { return }
            let previous =
                isRegular
                ? index.insert(UInt32(id), in: bytes) : irregular.updateValue(UInt32(id), forKey: Array(token.utf8))
            if let previous { throw .inconsistent("the token \(token) has two ids, \(previous) and \(id)") }
        }
    }

    /// One more than the largest id.
    var count: Int { bytes.count }

    /// The vocabulary's spelling of a token.
    func text(of id: UInt32) -> String {
        let bytes = bytes(of: id)
        guard isIrregular[Int(id)] else { return spelling.spelling(of: bytes) }
        if let byte = bytes.first, bytes.count == 1, fallbackIDs[byte] == id { return Spaces.fallbackToken(byte) }
        let isSpelledOut = irregular[Array(bytes)] == id
        return isSpelledOut ? String(decoding: bytes, as: UTF8.self) : spelling.spelling(of: bytes)
    }

    func bytes(of id: UInt32) -> ArraySlice<UInt8> { bytes[Int(id)] }

    /// The concatenated text of tokens.
    func decode(_ ids: [UInt32]) -> String { bytes.text(ids) }

    /// The id of the model's token with the bytes `key` of `text`; nil if there is none.
    func id(ofBytes text: Span<UInt8>, _ key: Range<Int>) -> UInt32? { index.find(text, key, in: bytes) }

    /// Like `id(ofBytes:_:)`, but tries a likely id first.
    func id(ofBytes text: Span<UInt8>, _ key: Range<Int>, guess: UInt32) -> UInt32? {
        if guess < count, !isIrregular[Int(guess)], bytes.equals(Int(guess), text, key) { return guess }
        return id(ofBytes: text, key)
    }

    func id(ofBytes key: [UInt8]) -> UInt32? { id(ofBytes: key.span, 0..<key.count) }

    /// The id of a token by its spelling; nil if there is none.
    func id(of text: String) -> UInt32? {
        if let id = irregular[Array(text.utf8)] { return id }
        return spelling.bytes(of: text).flatMap { id(ofBytes: $0) }
    }

    /// Whether text can be split into the token.
    func isRegular(_ id: UInt32) -> Bool { !isIrregular[Int(id)] }
}
