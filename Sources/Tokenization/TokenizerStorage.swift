/// The contents of a tokenizer file, independent of its format.
struct TokenizerDefinition {
    /// Token spellings by id, including added tokens; empty for an id without a token.
    var tokens: [String]
    /// The ids of the model's own tokens; others belong to added tokens only.
    var modelIDs: Range<Int>
    var merges: MergeList
    var options: BPEOptions
    var addedTokens: [AddedToken]
    var spelling = Spelling.bytes
    /// Whether tokens `<0xNN>` stand for bytes.
    var hasFallback = false
    var leadingSpace = LeadingSpace.kept
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
    let leadingSpace: LeadingSpace
    let template: SequenceTemplate
    let specialTokenIDs: SpecialTokenIDs
    let isSpecial: [Bool]

    private let model: BPE
    private let normalizer: (any Normalizer)?
    private let preTokenizer: PreTokenizer
    /// Splits the pieces of the pre-tokenizer into words; nil if they are words.
    private let words: RegexAutomaton?
    /// Added tokens that are matched in the text as written.
    private let writtenTokens: AddedTokenMatcher
    /// Added tokens that are matched in the normalised text.
    private let normalizedTokens: AddedTokenMatcher
    private let workspaces = WorkspacePool()

    init(_ definition: TokenizerDefinition) throws(TokenizerError) {
        let vocabulary = try Vocabulary(
            tokens: definition.tokens, modelIDs: definition.modelIDs, spelling: definition.spelling,
            hasFallback: definition.hasFallback)
        if let id = definition.template.specialTokenIDs.first(where: { $0 >= vocabulary.count }) {
            throw .inconsistent("the post-processor names token \(id), but there are \(vocabulary.count) tokens")
        }
        self.vocabulary = vocabulary
        template = definition.template
        specialTokenIDs = definition.specialTokenIDs
        normalizer = definition.normalizer
        preTokenizer = definition.preTokenizer
        leadingSpace = definition.leadingSpace
        model = try BPE(vocabulary: vocabulary, merges: definition.merges, options: definition.options)
        words = preTokenizer.words ?? model.borders()
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
                case .token(let id, _): ids.append(id)
                case .text(let range):
                    let text = range.count == bytes.count ? bytes : Array(bytes[range])
                    encodeWritten(text, isFirst: range.lowerBound == 0, into: &ids, &workspace)
                }
            }
        }
    }

    private func encodeWritten(
        _ written: [UInt8], isFirst: Bool, into ids: inout [UInt32], _ workspace: inout BPE.Workspace
    ) {
        var bytes = written
        normalizer?.normalize(&bytes)
        for segment in normalizedTokens.segments(of: bytes) {
            switch segment {
            case .token(let id, _): ids.append(id)
            case .text(let range):
                let text = preTokenizer.pieces(
                    of: range.count == bytes.count ? bytes : Array(bytes[range]),
                    isFirst: isFirst && range.lowerBound == 0)
                model.encode(text, words: words, into: &ids, &workspace)
            }
        }
    }

    /// The words of a normalised text, which merges never cross.
    func words(of text: String) -> [String] {
        var bytes = Array(text.utf8)
        normalizer?.normalize(&bytes)
        let text = preTokenizer.pieces(of: bytes, isFirst: true)
        var words: [String] = []
        for piece in text.pieces {
            var start = piece.lowerBound
            while start < piece.upperBound {
                let end =
                    self.words?.partEnd(in: text.bytes.span, from: start, to: piece.upperBound) ?? piece.upperBound
                words.append(String(decoding: text.bytes[start..<end], as: UTF8.self))
                start = end
            }
        }
        return words
    }

    /// The text of tokens, without the space that encoding put before it.
    func decode(_ ids: [UInt32]) -> String {
        var start = LeadingSpaceFilter(leadingSpace)
        guard start.isActive else { return vocabulary.decode(ids) }
        var text: [UInt8] = []
        for id in ids { start.append(vocabulary.bytes(of: id), to: &text) }
        return String(decoding: text, as: UTF8.self)
    }
}
