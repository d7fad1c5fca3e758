internal import Support

/// The steps of a class of `transformers` that has `vocab.json` and `merges.txt`.
struct ByteLevelStyle {
    var normalizer: JSONValue = .null
    /// The pattern that splits text; nil for that of GPT-2, which needs no step of its own.
    var pattern: String?
    var names: SpecialTokenNames
    /// Further tokens of the class that are special if the vocabulary has them.
    var specialTokens: [String] = []
    /// Whether BOS and EOS stand around each text, as RoBERTa has them.
    var framesText = false

    /// The style of the settings' class; throws if the class is not known.
    static func named(_ settings: TokenizerSettings) throws(TokenizerError) -> Self {
        let name = settings.className ?? settings.modelType.flatMap { classes[$0] } ?? "none"
        guard let style = known[name] else {
            throw .unsupported(
                field: "vocab.json without tokenizer.json: tokenizer_class", value: name, known: Array(known.keys))
        }
        return style
    }

    private static let known: [String: Self] = [
        "GPT2Tokenizer": Self(
            names: SpecialTokenNames(bos: "<|endoftext|>", eos: "<|endoftext|>", unknown: "<|endoftext|>")),
        "Qwen2Tokenizer": Self(
            normalizer: ["type": "NFC"], pattern: KnownPatterns.qwen2,
            names: SpecialTokenNames(eos: "<|endoftext|>", unknown: "<|endoftext|>", padding: "<|endoftext|>")),
        "RobertaTokenizer": roberta,
        "BartTokenizer": roberta,
    ]

    private static let roberta = Self(
        names: SpecialTokenNames(bos: "<s>", eos: "</s>", unknown: "<unk>", padding: "<pad>"),
        specialTokens: ["<mask>"], framesText: true)

    /// The classes of models whose configuration does not name one.
    private static let classes: [String: String] = {
        let types = [
            "GPT2Tokenizer": ["codegen", "gpt2", "gpt_bigcode", "gpt_neo", "gptj", "opt", "phi", "starcoder2"],
            "Qwen2Tokenizer": ["qwen2", "qwen2_moe", "qwen3", "qwen3_moe"],
            "RobertaTokenizer": ["bart", "longformer", "roberta"],
        ]
        var classes: [String: String] = [:]
        for (name, members) in types {
            for type in members { classes[type] = name }
        }
        return classes
    }()
}

extension ByteLevelStyle {
    func preTokenizer(addsSpace: Bool) -> JSONValue {
        guard let pattern else { return ["type": "ByteLevel", "add_prefix_space": .bool(addsSpace)] }
        let split: JSONValue = ["type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated"]
        let bytes: JSONValue = ["type": "ByteLevel", "add_prefix_space": .bool(addsSpace), "use_regex": false]
        return ["type": "Sequence", "pretokenizers": [split, bytes]]
    }

    /// Returns the post-processor that adds BOS and EOS to a text. `id` looks up a token's id.
    func postProcessor(_ settings: TokenizerSettings, id: (String) -> JSONValue?) throws(TokenizerError) -> JSONValue {
        func member(_ role: String, _ name: String?) -> JSONValue? {
            let token = settings.token(role) ?? (settings.fields.isNull(role) ? nil : name)
            return token.flatMap { token in id(token).map { [.string(token), $0] } }
        }
        if framesText, let cls = member("cls_token", names.bos), let sep = member("sep_token", names.eos) {
            return ["type": "RobertaProcessing", "sep": sep, "cls": cls]
        }
        let bos = try settings.fields.bool("add_bos_token", default: false) ? member("bos_token", names.bos) : nil
        let eos = try settings.fields.bool("add_eos_token", default: false) ? member("eos_token", names.eos) : nil
        return Self.template(bos: bos, eos: eos)
    }

    private static func template(bos: JSONValue?, eos: JSONValue?) -> JSONValue {
        func parts(_ sequence: String, typeID: Int) -> [JSONValue] {
            func special(_ member: JSONValue?) -> [JSONValue] {
                guard let name = member?[0] else { return [] }
                return [["SpecialToken": ["id": name, "type_id": .integer(typeID)]]]
            }
            let text: JSONValue = ["Sequence": ["id": .string(sequence), "type_id": .integer(typeID)]]
            return special(bos) + [text] + special(eos)
        }
        var tokens = JSONObject()
        for member in [bos, eos] {
            guard let name = member?[0]?.stringValue, let id = member?[1] else { continue }
            tokens[name] = ["id": .string(name), "ids": [id]]
        }
        let first = parts("A", typeID: 0)
        return [
            "type": "TemplateProcessing", "single": .array(first), "pair": .array(first + parts("B", typeID: 1)),
            "special_tokens": .object(tokens),
        ]
    }
}
