package import Checkpoint
package import Support
package import Tokenization

extension TokenizerSource {
    /// Reads the vocabulary. Returns it with the contents of `tokenizer_config.json` (a GGUF file has none) and the
    /// vocabulary file's name.
    package func load() throws -> (tokenizer: Tokenizer, configuration: JSONObject, fileName: String) {
        switch self {
        case .huggingFace(let files):
            let configuration = try files.config().object
            let (file, source) = try files.vocabulary()
            let tokenizer = try Tokenizer(
                VocabularyFile(source), file: file, configJSON: .object(configuration), modelType: files.modelType())
            return (tokenizer, configuration, file)
        case .gguf(let file):
            let tokenizer = try Tokenizer(gguf: GGUFVocabulary(file.tokenizer()))
            return (tokenizer, ["tokenizer_class": "PreTrainedTokenizerFast"], file.file.name)
        }
    }
}

extension VocabularyFile {
    init(_ source: VocabularySource) {
        switch source {
        case .tokenizerJSON(let json): self = .tokenizerJSON(json)
        case .tekken(let json): self = .tekken(json)
        case .sentencePiece(let bytes): self = .sentencePiece(bytes)
        case .ranks(let bytes): self = .ranks(bytes)
        case .vocabularyAndMerges(let json, let merges): self = .vocabularyAndMerges(json, merges)
        }
    }
}

extension GGUFVocabulary {
    /// Creates the vocabulary from the metadata of a GGUF file.
    package init(_ file: GGUFTokenizer) {
        func id(_ value: Int?) -> UInt32? { value.flatMap { UInt32(exactly: $0) } }
        self.init(
            model: file.model, pre: file.pre ?? "default", tokens: file.tokens,
            tokenTypes: file.tokenTypes.map { Int32(truncatingIfNeeded: $0) }, scores: file.scores,
            merges: file.merges,
            specialTokenIDs: SpecialTokenIDs(
                bos: id(file.bosTokenID), eos: id(file.eosTokenID), endOfTurn: id(file.eotTokenID),
                unknown: id(file.unknownTokenID), padding: id(file.paddingTokenID)),
            addBOS: file.addBOSToken, addEOS: file.addEOSToken, addSpacePrefix: file.addSpacePrefix)
    }
}
