/// A tokenizer: text to ids and back, the way the `tokenizers` library does it with the same file.
///
/// Immutable and shared: a copy is a reference. All calls may run at the same time on any thread.
package struct Tokenizer: Sendable {
    let storage: TokenizerStorage

    init(_ definition: TokenizerDefinition) throws(TokenizerError) {
        storage = try TokenizerStorage(definition)
    }

    /// One more than the largest id, holes counted.
    package var vocabularySize: Int { storage.vocabulary.count }

    /// Ids of tokens with a role.
    package var specialTokenIDs: SpecialTokenIDs { storage.specialTokenIDs }

    package var bosTokenID: UInt32? { specialTokenIDs.bos }
    package var eosTokenID: UInt32? { specialTokenIDs.eos }

    /// The id of a token by the vocabulary's spelling.
    package func tokenID(of text: String) -> UInt32? {
        storage.vocabulary.id(of: text, decoder: storage.decoder)
    }

    /// The bytes a token contributes to text; they need not be whole characters. Empty for an id without a token.
    package func tokenBytes(_ id: UInt32) -> [UInt8] {
        isInVocabulary(id) ? Array(storage.vocabulary.bytes(of: id)) : []
    }

    /// A token in the vocabulary's spelling. Empty for an id without a token.
    package func tokenText(_ id: UInt32) -> String {
        isInVocabulary(id) ? storage.vocabulary.text(of: id) : ""
    }

    /// Whether decoding leaves the token out when it skips special tokens.
    package func isSpecial(_ id: UInt32) -> Bool {
        isInVocabulary(id) && storage.isSpecial[Int(id)]
    }

    func isInVocabulary(_ id: UInt32) -> Bool { Int(id) < vocabularySize }
}

// MARK: Encoding

extension Tokenizer {
    /// The ids of a text. Special tokens written in the text are recognised.
    /// - Parameter addSpecialTokens: whether the tokens that the tokenizer puts around a text (BOS and the like) are added.
    package func encode(_ text: String, addSpecialTokens: Bool) -> [UInt32] {
        let ids = storage.encode(text)
        return storage.template.fill(first: ids, second: nil, addSpecialTokens: addSpecialTokens).ids
    }

    /// The ids of two texts in one sequence, with type ids.
    package func encode(_ text: String, pair: String, addSpecialTokens: Bool) -> Encoding {
        let first = storage.encode(text)
        return storage.template.fill(
            first: first, second: storage.encode(pair), addSpecialTokens: addSpecialTokens)
    }
}

// MARK: Decoding

extension Tokenizer {
    /// The text of ids. Bytes that are no UTF-8 become U+FFFD; ids without a token are left out.
    package func decode(_ ids: some Sequence<UInt32>, skipSpecialTokens: Bool) -> String {
        var bytes: [UInt8] = []
        for id in ids { append(id, to: &bytes, skipSpecialTokens: skipSpecialTokens) }
        return String(decoding: bytes, as: UTF8.self)
    }

    func append(_ id: UInt32, to bytes: inout [UInt8], skipSpecialTokens: Bool) {
        guard isInVocabulary(id), !(skipSpecialTokens && storage.isSpecial[Int(id)]) else { return }
        bytes += storage.vocabulary.bytes(of: id)
    }
}
