/// Converts text to token ids and back, as the `tokenizers` library does with the same file.
///
/// Immutable: a copy is a reference. All calls may run concurrently on any thread.
package struct Tokenizer: Sendable {
    let storage: TokenizerStorage

    init(_ definition: TokenizerDefinition) throws(TokenizerError) {
        storage = try TokenizerStorage(definition)
    }

    /// One more than the largest id, unused ids included.
    package var vocabularySize: Int { storage.vocabulary.count }

    /// The ids of the model's own tokens; others belong to added tokens only.
    package var modelIDs: Range<Int> { storage.vocabulary.modelIDs }

    /// Ids of the tokens with a role, such as BOS and EOS.
    package var specialTokenIDs: SpecialTokenIDs { storage.specialTokenIDs }

    /// Id of the beginning-of-sequence token; nil if the file does not name one.
    package var bosTokenID: UInt32? { specialTokenIDs.bos }
    /// Id of the end-of-sequence token; nil if the file does not name one.
    package var eosTokenID: UInt32? { specialTokenIDs.eos }

    /// The id of a token by its spelling in the vocabulary; nil if there is no such token.
    package func tokenID(of text: String) -> UInt32? {
        storage.vocabulary.id(of: text)
    }

    /// The bytes that a token contributes to text, not always whole characters; empty for an id without a token.
    package func tokenBytes(_ id: UInt32) -> [UInt8] {
        isInVocabulary(id) ? Array(storage.vocabulary.bytes(of: id)) : []
    }

    /// The vocabulary's spelling of a token; empty for an id without a token.
    package func tokenText(_ id: UInt32) -> String {
        isInVocabulary(id) ? storage.vocabulary.text(of: id) : ""
    }

    /// Whether decoding omits the token if it skips special tokens.
    package func isSpecial(_ id: UInt32) -> Bool {
        isInVocabulary(id) && storage.isSpecial[Int(id)]
    }

    func isInVocabulary(_ id: UInt32) -> Bool { Int(id) < vocabularySize }
}

// MARK: Encoding

extension Tokenizer {
    /// Encodes a text. Special tokens that are spelled out in the text are recognised.
    ///
    /// - Parameter addSpecialTokens: whether to add the tokens that the tokenizer puts around a text, such as BOS.
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

    /// The words into which a text without special tokens is split before it is merged: for comparison with other
    /// implementations of a pre-tokenizer.
    package func words(of text: String) -> [String] { storage.words(of: text) }

    /// Encodes two texts as one sequence, with type ids.
    package func encode(_ text: String, pair: String, addSpecialTokens: Bool) -> Encoding {
        storage.template.fill(
            first: encode(text, addSpecialTokens: false), second: encode(pair, addSpecialTokens: false),
            addSpecialTokens: addSpecialTokens)
    }
}

// MARK: Decoding

extension Tokenizer {
    /// Decodes ids. Bytes that are not valid UTF-8 become U+FFFD; ids without a token are skipped.
    package func decode(_ ids: some Sequence<UInt32>, skipSpecialTokens: Bool) -> String {
        // An array, because the generic code is not specialised for sequences of other modules.
        storage.decode(Array(ids).filter { isPrinted($0, skipSpecialTokens) })
    }

    func append(
        _ id: UInt32, to bytes: inout [UInt8], skipSpecialTokens: Bool, _ start: inout LeadingSpaceFilter
    ) {
        if isPrinted(id, skipSpecialTokens) { start.append(storage.vocabulary.bytes(of: id), to: &bytes) }
    }

    private func isPrinted(_ id: UInt32, _ skipSpecialTokens: Bool) -> Bool {
        isInVocabulary(id) && !(skipSpecialTokens && storage.isSpecial[Int(id)])
    }
}
