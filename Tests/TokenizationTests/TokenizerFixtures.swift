import Support
import TestSupport
import Tokenization

/// A tokenizer of Tests/Fixtures/tokenizers with what the reference makes of it.
struct TokenizerFixture {
    static let byteLevelNames = ["bytebpe-gpt2", "bytebpe-llama3", "bytebpe-qwen2", "bytebpe-roberta-prefix"]
    static let spacedNames = ["spbpe-gemma", "spbpe-llama2-legacy", "spbpe-llama2-metaspace"]
    static let names = byteLevelNames + spacedNames

    let json: JSONValue
    let vectors: JSONValue

    init(_ name: String) throws {
        json = try Fixtures.json("tokenizers/\(name)/tokenizer.json")
        vectors = try Fixtures.json("tokenizers/\(name)/vectors.json")
    }

    func tokenizer() throws -> Tokenizer { try Tokenizer(tokenizerJSON: json) }
}

extension JSONValue {
    var strings: [String] { arrayValue?.compactMap(\.stringValue) ?? [] }
    var ids: [UInt32] { arrayValue?.compactMap { $0.intValue.map { UInt32($0) } } ?? [] }

    /// A copy with the member at the path set.
    func setting(_ path: String..., to value: JSONValue) -> JSONValue { setting(path[...], to: value) }

    private func setting(_ path: ArraySlice<String>, to value: JSONValue) -> JSONValue {
        guard let key = path.first, var object = objectValue else { return value }
        object[key] = (object[key] ?? [:]).setting(path.dropFirst(), to: value)
        return .object(object)
    }
}

extension String {
    /// Equality of code units: `==` would take canonically equivalent texts for equal.
    func isIdentical(to other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

/// A byte-level tokenizer of 256 bytes plus the pieces given, each of which is one token when text is split into it.
struct PieceTokenizer {
    let tokenizer: Tokenizer

    init(
        pieces: [String], preTokenizer: JSONValue, normalizer: JSONValue = .null, addedTokens: [JSONValue] = []
    ) throws {
        var vocabulary = JSONObject()
        for byte in UInt8.min...UInt8.max { vocabulary[Self.spelling(of: [byte])] = .integer(Int(byte)) }
        for piece in pieces where piece.utf8.count > 1 {
            vocabulary[Self.spelling(of: Array(piece.utf8))] = .integer(vocabulary.count)
        }
        let added = addedTokens.enumerated().map { index, token in
            token.setting("id", to: .integer(vocabulary.count + index))
        }
        let model: JSONValue = [
            "type": "BPE", "vocab": .object(vocabulary), "merges": [], "ignore_merges": true,
        ]
        tokenizer = try Tokenizer(tokenizerJSON: [
            "added_tokens": .array(added), "normalizer": normalizer,
            "pre_tokenizer": [
                "type": "Sequence",
                "pretokenizers": [
                    preTokenizer, ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false],
                ],
            ],
            "decoder": ["type": "ByteLevel"], "model": model,
        ])
    }

    /// The tokens of a text, decoded one by one.
    func pieces(of text: String) -> [String] {
        tokenizer.encode(text, addSpecialTokens: false).map { tokenizer.decode([$0], skipSpecialTokens: false) }
    }

    private static func spelling(of bytes: [UInt8]) -> String {
        let printable = Set<UInt8>(0x21...0x7E).union(0xA1...0xAC).union(0xAE...0xFF)
        let shifted = (UInt8.min...UInt8.max).filter { !printable.contains($0) }
        var text = ""
        for byte in bytes {
            let scalar = shifted.firstIndex(of: byte).map { 0x100 + UInt32($0) } ?? UInt32(byte)
            text.unicodeScalars.append(Unicode.Scalar(scalar) ?? "?")
        }
        return text
    }
}
