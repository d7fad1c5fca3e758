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
        isInVocabulary(id) ? storage.vocabulary.text(of: id, decoder: storage.decoder) : ""
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
        var ids: [UInt32] = []
        for part in storage.template.single {
            switch part {
            case .specialTokens(let tokens, _): if addSpecialTokens { ids += tokens }
            case .first, .second: storage.encode(text, into: &ids)
            }
        }
        return ids
    }

    /// The ids of two texts in one sequence, with type ids.
    package func encode(_ text: String, pair: String, addSpecialTokens: Bool) -> Encoding {
        storage.template.fill(
            first: encode(text, addSpecialTokens: false), second: encode(pair, addSpecialTokens: false),
            addSpecialTokens: addSpecialTokens)
    }
}

// MARK: Decoding

extension Tokenizer {
    /// The text of ids. Bytes that are no UTF-8 become U+FFFD; ids without a token are left out.
    package func decode(_ ids: some Sequence<UInt32>, skipSpecialTokens: Bool) -> String {
        // As an array the rest is compiled for, which a sequence of another module is not.
        storage.vocabulary.decode(Array(ids).filter { isPrinted($0, skipSpecialTokens) })
    }

    func append(_ id: UInt32, to bytes: inout [UInt8], skipSpecialTokens: Bool) {
        if isPrinted(id, skipSpecialTokens) { bytes += storage.vocabulary.bytes(of: id) }
    }

    private func isPrinted(_ id: UInt32, _ skipSpecialTokens: Bool) -> Bool {
        isInVocabulary(id) && !(skipSpecialTokens && storage.isSpecial[Int(id)])
    }
}
