package import Support

/// A vocabulary as one of the files that hold one.
package enum VocabularyFile: Sendable {
    /// `tokenizer.json` of the tokenizers library.
    case tokenizerJSON(JSONValue)
    /// `tekken.json` of Mistral.
    case tekken(JSONValue)
    /// A model of SentencePiece, a Protocol Buffers message.
    case sentencePiece([UInt8])
    /// Lines of a token in Base64 and its rank, as tiktoken has them.
    case ranks([UInt8])
    /// `vocab.json`, an object of ids by token, with the text of `merges.txt`.
    case vocabularyAndMerges(JSONValue, [UInt8])
}

extension Tokenizer {
    /// Builds a tokenizer from a vocabulary and the files beside it.
    ///
    /// - Parameters:
    ///   - file: the file's name in messages.
    ///   - configJSON: `tokenizer_config.json`: the class, the tokens' roles and further tokens.
    ///   - modelType: `model_type` of `config.json`, which decides the class if the configuration does not.
    package init(
        _ vocabulary: VocabularyFile, file: String, configJSON: JSONValue? = nil, modelType: String? = nil
    ) throws(TokenizerError) {
        let settings = try TokenizerSettings(configJSON, modelType: modelType)
        do {
            switch vocabulary {
            case .tokenizerJSON(let json): try self.init(tokenizerJSON: json, settings: settings)
            case .tekken(let json): try self.init(Tekken(json).definition(settings))
            case .sentencePiece(let bytes): try self.init(SentencePieceModel(bytes).definition(settings))
            case .ranks(let bytes): try self.init(RankFile(bytes, name: file).definition(settings))
            case .vocabularyAndMerges(let json, let merges):
                let whole = try VocabularyAndMerges(json, merges).tokenizerJSON(settings)
                try self.init(tokenizerJSON: whole, settings: settings)
            }
        } catch {
            throw error.located(in: file)
        }
    }
}
