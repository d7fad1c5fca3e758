/// A token that is matched in text before any splitting.
struct AddedToken: Hashable, Sendable {
    var id: UInt32
    var content: String
    /// Whether decoding omits the token if it skips special tokens.
    var isSpecial = false
    /// Whether the token is matched in the normalised text instead of the text as written.
    var isNormalized = false
    /// Whether the token is matched only if neither neighbour is a word character.
    var isSingleWord = false
    /// Whether the token takes in the whitespace before it.
    var stripsLeft = false
    /// Whether the token takes in the whitespace after it.
    var stripsRight = false
}

extension AddedToken {
    init(_ fields: TokenizerFields, id: UInt32) throws(TokenizerError) {
        self.id = id
        content = try fields.string("content")
        guard !content.isEmpty else {
            throw .invalid(field: fields.path("content"), value: "empty", allowed: "a text")
        }
        isSpecial = try fields.bool("special", default: false)
        isNormalized = try fields.bool("normalized", default: !isSpecial)
        isSingleWord = try fields.bool("single_word", default: false)
        stripsLeft = try fields.bool("lstrip", default: false)
        stripsRight = try fields.bool("rstrip", default: false)
    }
}
