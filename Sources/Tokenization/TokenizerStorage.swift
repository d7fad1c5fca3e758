/// The contents of a tokenizer file, independent of its format.
struct TokenizerDefinition {
    /// Token spellings by id, including added tokens; empty for an id without a token.
    var tokens: [String]
    /// Ids from here on belong to added tokens.
    var modelCount: Int
    var merges: MergeList
    var options: BPEOptions
    var addedTokens: [AddedToken]
    var normalizer: (any Normalizer)?
    var preTokenizer: PreTokenizer
    var template: SequenceTemplate
    var specialTokenIDs: SpecialTokenIDs
}

/// Ids of the tokens with a role; nil for a role that the file does not assign.
package struct SpecialTokenIDs: Hashable, Sendable {
    /// Id of the beginning-of-sequence token.
    package var bos: UInt32?
    /// Id of the end-of-sequence token.
    package var eos: UInt32?
    /// Id of the token that ends a turn of a conversation.
    package var endOfTurn: UInt32?
    /// Id of the token that stands for unknown text.
    package var unknown: UInt32?
    /// Id of the padding token.
    package var padding: UInt32?

    package init(
        bos: UInt32? = nil, eos: UInt32? = nil, endOfTurn: UInt32? = nil, unknown: UInt32? = nil,
        padding: UInt32? = nil
    ) {
        self.bos = bos
        self.eos = eos
        self.endOfTurn = endOfTurn
        self.unknown = unknown
        self.padding = padding
    }
}

/// The components of a tokenizer, ready to run.
final class TokenizerStorage: Sendable {
    let vocabulary: Vocabulary
    let decoder = ByteLevelDecoder()
    let template: SequenceTemplate
    let specialTokenIDs: SpecialTokenIDs
    let isSpecial: [Bool]

    private let model: BPE
    private let normalizer: (any Normalizer)?
    private let preTokenizer: PreTokenizer
    /// Added tokens that are matched in the text as written.
    private let writtenTokens: AddedTokenMatcher
    /// Added tokens that are matched in the normalised text.
    private let normalizedTokens: AddedTokenMatcher
    private let workspaces = WorkspacePool()

    init(_ definition: TokenizerDefinition) throws(TokenizerError) {
        let vocabulary = try Vocabulary(
            tokens: definition.tokens, modelCount: definition.modelCount, decoder: decoder)
        if let id = definition.template.specialTokenIDs.first(where: { $0 >= vocabulary.count }) {
            throw .inconsistent("the post-processor names token \(id), but there are \(vocabulary.count) tokens")
        }
        self.vocabulary = vocabulary
        template = definition.template
        specialTokenIDs = definition.specialTokenIDs
        normalizer = definition.normalizer
        preTokenizer = definition.preTokenizer
        let merges = try MergeTable(definition.merges, vocabulary: vocabulary, decoder: decoder)
        model = BPE(vocabulary: vocabulary, merges: merges, options: definition.options)
        var isSpecial = [Bool](repeating: false, count: vocabulary.count)
        for token in definition.addedTokens { isSpecial[Int(token.id)] = token.isSpecial }
        self.isSpecial = isSpecial
        writtenTokens = AddedTokenMatcher(definition.addedTokens.filter { !$0.isNormalized }) {
            Array($0.content.utf8)
        }
        normalizedTokens = AddedTokenMatcher(definition.addedTokens.filter(\.isNormalized)) {
            var content = Array($0.content.utf8)
            definition.normalizer?.normalize(&content)
            return content
        }
    }

    /// Appends the ids of a text, without the special tokens around it.
    func encode(_ text: String, into ids: inout [UInt32]) {
        let bytes = Array(text.utf8)
        ids.reserveCapacity(ids.count + bytes.count / 3)
        workspaces.withWorkspace { workspace in
            for segment in writtenTokens.segments(of: bytes) {
                switch segment {
                case .token(let id): ids.append(id)
                case .text(let range):
                    encodeWritten(range.count == bytes.count ? bytes : Array(bytes[range]), into: &ids, &workspace)
                }
            }
        }
    }

    private func encodeWritten(_ written: [UInt8], into ids: inout [UInt32], _ workspace: inout BPE.Workspace) {
        var bytes = written
        normalizer?.normalize(&bytes)
        for segment in normalizedTokens.segments(of: bytes) {
            switch segment {
            case .token(let id): ids.append(id)
            case .text(let range):
                let text = preTokenizer.pieces(of: range.count == bytes.count ? bytes : Array(bytes[range]))
                model.encode(text, words: preTokenizer.words, into: &ids, &workspace)
            }
        }
    }
}
