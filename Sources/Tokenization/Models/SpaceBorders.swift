/// The borders before spaces that no merge crosses.
enum SpaceBorders {
    /// A pattern whose matches are the stretches between such borders.
    ///
    /// A merge across a border gives a token with the two characters beside the border in its inside. So a space after
    /// a character begins a stretch unless some token has that character before a space, or the character is a space.
    static func syntax(_ vocabulary: Vocabulary) -> RegexSyntax {
        var space = CharacterSet(scalar: UInt32(Spaces.space))
        var joined = CharacterSet()
        joined.ranges = joinedScalars(vocabulary).map { $0...$0 }
        let spaces = RegexSyntax.repetition(.set(space), minimum: 0, maximum: nil, isGreedy: true)
        let joinedPart = RegexSyntax.sequence([.set(joined), spaces])
        space.ranges += joined.ranges
        space.isNegated = true
        let rest = RegexSyntax.repetition(
            .alternatives([.set(space), joinedPart]), minimum: 0, maximum: nil, isGreedy: true)
        return .sequence([spaces, rest])
    }

    /// The characters other than a space that some token has before a space.
    private static func joinedScalars(_ vocabulary: Vocabulary) -> [UInt32] {
        var scalars: Set<UInt32> = []
        for id in 0..<UInt32(vocabulary.count) where vocabulary.isRegular(id) {
            let token = Array(vocabulary.bytes(of: id))
            let bytes = token.span
            for index in bytes.indices.dropFirst() where bytes[index] == Spaces.space {
                let scalar = UTF8Scalars.decodeBackward(bytes, before: index).scalar
                if scalar != UInt32(Spaces.space) { scalars.insert(scalar) }
            }
        }
        return scalars.sorted()
    }
}
