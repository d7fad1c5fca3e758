internal import Support

/// Rewrites text before it is split.
protocol Normalizer: Sendable {
    /// Rewrites UTF-8 text in place.
    func normalize(_ bytes: inout [UInt8])
}

/// Applies its members in order.
struct NormalizerSequence: Normalizer {
    var members: [any Normalizer]

    func normalize(_ bytes: inout [UInt8]) {
        for member in members { member.normalize(&bytes) }
    }
}

enum Normalizers {
    /// Builds the normalizer that a component of `tokenizer.json` describes.
    static func make(_ fields: TokenizerFields) throws(TokenizerError) -> any Normalizer {
        let type = try fields.string("type")
        guard let factory = factories[type] else {
            throw .unsupported(field: fields.path("type"), value: type, known: Array(factories.keys))
        }
        return try factory(fields)
    }

    private typealias Factory = @Sendable (TokenizerFields) throws(TokenizerError) -> any Normalizer

    private static let factories: [String: Factory] = [
        "Lowercase": { (_) throws(TokenizerError) in LowercaseNormalizer() },
        "NFC": { (_) throws(TokenizerError) in NFCNormalizer() },
        "Prepend": { (fields) throws(TokenizerError) in
            PrependNormalizer(prefix: Array(try fields.string("prepend").utf8))
        },
        "Replace": { (fields) throws(TokenizerError) in
            ReplaceNormalizer(
                pattern: try SplitPattern(try fields.object("pattern")),
                content: Array(try fields.string("content").utf8))
        },
        "Sequence": { (fields) throws(TokenizerError) in try sequence(fields) },
    ]

    /// Builds the normalizers of a vocabulary whose spaces are spelled `▁`, except the step that spells them so.
    static func spaced(_ fields: TokenizerFields) throws(TokenizerError) -> [any Normalizer] {
        switch try fields.string("type") {
        case "Sequence":
            var members: [any Normalizer] = []
            for member in try fields.objects("normalizers") { members += try spaced(member) }
            return members
        case "Replace":
            let pattern = try fields.object("pattern")
            if pattern["String"]?.stringValue == " ", try fields.string("content") == Spaces.markText { return [] }
            return [try make(fields)]
        case "Prepend":
            // A prefix of `▁` becomes a space with all others.
            return [try make(fields)]
        default: return [try make(fields)]
        }
    }

    private static func sequence(_ fields: TokenizerFields) throws(TokenizerError) -> any Normalizer {
        var members: [any Normalizer] = []
        for member in try fields.objects("normalizers") { members.append(try make(member)) }
        return NormalizerSequence(members: members)
    }
}
