internal import Support

/// `vocab.json` and `merges.txt`, the two files of byte-level BPE from before `tokenizer.json`.
struct VocabularyAndMerges {
    private let vocabulary: JSONObject
    private let merges: [JSONValue]

    init(_ vocabulary: JSONValue, _ merges: [UInt8]) throws(TokenizerError) {
        guard let object = vocabulary.objectValue else {
            throw .invalid(field: "vocabulary", value: "of type \(vocabulary.typeName)", allowed: "an object")
        }
        self.vocabulary = object
        guard let text = String(validating: merges, as: UTF8.self) else {
            throw .invalid(field: "merges.txt", value: "not UTF-8", allowed: "UTF-8")
        }
        self.merges = try Self.lines(text)
    }

    /// The merges, without the line that names the version.
    private static func lines(_ text: String) throws(TokenizerError) -> [JSONValue] {
        var merges: [JSONValue] = []
        for (index, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            let parts = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }
            if parts.isEmpty || line.starts(with: "#version".utf8) { continue }
            guard parts.count == 2 else {
                throw .invalid(
                    field: "merges.txt, line \(index + 1)", value: "\(parts.count) words",
                    allowed: "two tokens separated by a space")
            }
            merges.append(.array(parts.map { .string(String(decoding: $0, as: UTF8.self)) }))
        }
        return merges
    }

    /// The same tokenizer as `tokenizer.json` would have it, with the steps of the settings' class.
    func tokenizerJSON(_ settings: TokenizerSettings) throws(TokenizerError) -> JSONValue {
        let style = try ByteLevelStyle.named(settings)
        let addsSpace = try settings.fields.bool("add_prefix_space", default: false)
        let added = try added(settings, style)
        return [
            "added_tokens": .array(added), "normalizer": style.normalizer,
            "pre_tokenizer": style.preTokenizer(addsSpace: addsSpace), "decoder": ["type": "ByteLevel"],
            "post_processor": try style.postProcessor(settings) { content in id(of: content, added: added) },
            "model": ["type": "BPE", "vocab": .object(vocabulary), "merges": .array(merges)],
        ]
    }

    /// The added tokens of the settings, and the special ones that the vocabulary has.
    private func added(_ settings: TokenizerSettings, _ style: ByteLevelStyle) throws(TokenizerError) -> [JSONValue] {
        let special = try settings.specialTokens()
        var contents: Set<String> = []
        var added: [JSONValue] = []
        for var token in try settings.addedTokens() where contents.insert(token.content).inserted {
            if special.contains(where: { $0.content == token.content }) { token.isSpecial = true }
            added.append(token.json)
        }
        let named = (style.names.all + style.specialTokens).map { AddedToken(id: 0, content: $0, isSpecial: true) }
        for var token in special + named {
            guard let id = vocabulary[token.content]?.intValue.flatMap({ UInt32(exactly: $0) }),
                contents.insert(token.content).inserted
            else { continue }
            token.id = id
            added.append(token.json)
        }
        return added
    }

    private func id(of content: String, added: [JSONValue]) -> JSONValue? {
        vocabulary[content] ?? added.first { $0["content"]?.stringValue == content }?["id"]
    }
}

extension AddedToken {
    /// The token as `tokenizer.json` has it.
    fileprivate var json: JSONValue {
        [
            "id": .integer(Int(id)), "content": .string(content), "special": .bool(isSpecial),
            "normalized": .bool(isNormalized), "single_word": .bool(isSingleWord), "lstrip": .bool(stripsLeft),
            "rstrip": .bool(stripsRight),
        ]
    }
}
