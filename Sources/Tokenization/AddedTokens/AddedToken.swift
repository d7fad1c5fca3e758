/// A token that is found in text before any splitting.
struct AddedToken: Hashable, Sendable {
    var id: UInt32
    var content: String
    /// Left out when decoding skips special tokens.
    var isSpecial = false
    /// Found in the normalised text instead of the text as written.
    var isNormalized = false
    /// Found only where neither neighbour is a word character.
    var isSingleWord = false
    /// Takes the white space before it along.
    var stripsLeft = false
    /// Takes the white space after it along.
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
