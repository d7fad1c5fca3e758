import Support
import TestSupport
import Tokenization

/// Writes a SentencePiece model.
struct SentencePieceFile {
    struct Piece {
        var text: String
        var score: Float = 0
        var type: UInt64 = 1
    }

    var pieces = [
        Piece(text: "<unk>", type: 2), Piece(text: "<s>", type: 3), Piece(text: "</s>", type: 3), Piece(text: "a"),
        Piece(text: "b"), Piece(text: "ab", score: -1), Piece(text: "\u{2581}"),
        Piece(text: "\u{2581}ab", score: -2), Piece(text: "<tool>", type: 4),
    ]
    /// Integers of the training settings, by field number.
    var trainer: [UInt64: UInt64] = [3: 2]
    /// Integers of the normalisation settings, by field number.
    var normalizer: [UInt64: UInt64] = [3: 1, 4: 0]
    var rules: (name: String, charsmap: [UInt8]) = ("identity", [])

    var bytes: [UInt8] {
        var output: [UInt8] = []
        for piece in pieces {
            var message = Self.field(1, Array(piece.text.utf8))
            message += Self.varint(2 << 3 | 5)
            let bits = piece.score.bitPattern
            message += [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: bits >> UInt32($0)) }
            output += Self.field(1, message + Self.varint(3 << 3) + Self.varint(piece.type))
        }
        output += Self.field(2, Self.integers(trainer))
        let names = Self.field(1, Array(rules.name.utf8)) + Self.field(2, rules.charsmap)
        return output + Self.field(3, names + Self.integers(normalizer))
    }

    private static func integers(_ values: [UInt64: UInt64]) -> [UInt8] {
        values.sorted { $0.key < $1.key }.flatMap { varint($0.key << 3) + varint($0.value) }
    }

    private static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
    }

    private static func varint(_ value: UInt64) -> [UInt8] {
        var value = value
        var bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }
}

/// The smallest vocabularies of each form that is not `tokenizer.json`, and damaged copies of them.
enum SmallSources {
    private static let ranksConfig: JSONValue = ["pat_str": #"\S+|\s+"#, "added_tokens_decoder": [:]]
    private static let gpt2Config: JSONValue = ["tokenizer_class": "GPT2Tokenizer", "unk_token": "<s>"]

    /// The bytes, `ab` and `abb`.
    static let rankLines: [String] = {
        let tokens = (UInt8.min...UInt8.max).map { [$0] } + [Array("ab".utf8), Array("abb".utf8)]
        return tokens.enumerated().map { "\(base64($1)) \($0)" }
    }()

    static let tekken: JSONValue = {
        let vocabulary = rankLines.enumerated().map { rank, line -> JSONValue in
            ["rank": .integer(rank), "token_bytes": .string(String(line.prefix { $0 != " " })), "token_str": .null]
        }
        let special: [JSONValue] = ["<unk>", "<s>"].enumerated().map { rank, name in
            ["rank": .integer(rank), "token_str": .string(name), "is_control": true]
        }
        return [
            "config": [
                "pattern": #"\S+|\s+"#, "default_vocab_size": .integer(260), "default_num_special_tokens": 3,
            ], "vocab": .array(vocabulary), "special_tokens": .array(special),
        ]
    }()

    private static let vocabulary: JSONValue = ["a": 0, "b": 1, "ab": 2, "\u{120}": 3, "\u{120}ab": 4, "<s>": 5]
    private static let merges = "#version: 0.2\na b\n\u{120} ab\n"

    static let all: [(VocabularyFile, JSONValue)] = [
        (.sentencePiece(SentencePieceFile().bytes), [:]),
        (.ranks(Array(rankLines.joined(separator: "\n").utf8)), ranksConfig),
        (.tekken(tekken), [:]), (.vocabularyAndMerges(vocabulary, Array(merges.utf8)), gpt2Config),
    ]

    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let chunk = bytes[start..<min(start + 3, bytes.count)]
            let bits = chunk.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - chunk.count))
            for index in 0...chunk.count { text.append(alphabet[bits >> (18 - 6 * index) & 63]) }
            text += String(repeating: "=", count: 3 - chunk.count)
        }
        return text
    }
}

extension SmallSources {
    /// A form of vocabulary whose files are damaged.
    enum Form: CaseIterable, Sendable {
        case sentencePiece, ranks, tekken, vocabulary, merges, config

        /// A damaged file with its settings.
        func damaged(_ random: inout SplitMix) -> (VocabularyFile, JSONValue) {
            switch self {
            case .sentencePiece:
                return (.sentencePiece(SmallSources.damage(SentencePieceFile().bytes, text: false, &random)), [:])
            case .ranks:
                // Most of the damage goes to the last lines, which are not single bytes.
                let bytes = Array(rankLines.joined(separator: "\n").utf8)
                let tail = SmallSources.damage(Array(bytes.suffix(60)), text: true, &random)
                return (.ranks(Array(bytes.dropLast(60)) + tail), ranksConfig)
            case .tekken:
                return (.tekken(json(tekkenText, &random)), [:])
            case .vocabulary:
                return (
                    .vocabularyAndMerges(json(vocabularyText, &random), Array(SmallSources.merges.utf8)), gpt2Config
                )
            case .merges:
                let merges = SmallSources.damage(Array(SmallSources.merges.utf8), text: true, &random)
                return (.vocabularyAndMerges(SmallSources.vocabulary, merges), gpt2Config)
            case .config:
                return (.sentencePiece(SentencePieceFile().bytes), json(configText, &random))
            }
        }

        /// The text with some other letters and digits, and still JSON.
        private func json(_ text: [UInt8], _ random: inout SplitMix) -> JSONValue {
            while true {
                var damaged = text
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let position = Int.random(in: 0..<text.count, using: &random)
                    guard let index = damaged[position...].firstIndex(where: SmallSources.letters.contains) else {
                        continue
                    }
                    damaged[index] = SmallSources.letters.randomElement(using: &random) ?? 0
                }
                if Int.random(in: 0..<4, using: &random) == 0 {
                    damaged = SmallSources.damage(damaged, text: true, &random)
                }
                if let json = try? JSONValue(parsing: damaged) { return json }
            }
        }
    }

    private static let letters = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    private static let tekkenText = Array(tekken.serialized.utf8)
    private static let vocabularyText = Array(vocabulary.serialized.utf8)
    private static let configText: [UInt8] = {
        let config: JSONValue = [
            "legacy": false, "bos_token": ["content": "<s>"], "eos_token": "</s>", "add_bos_token": true,
            "tokenizer_class": "LlamaTokenizer", "additional_special_tokens": ["<tool>"],
            "added_tokens_decoder": ["5": ["content": "ab"], "9": ["content": "<x>", "lstrip": true]],
        ]
        return Array(config.serialized.utf8)
    }()

    /// One to four edits: other bytes, other digits, bytes left out or repeated, truncation.
    private static func damage(_ bytes: [UInt8], text: Bool, _ random: inout SplitMix) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let position = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<(text ? 7 : 8), using: &random)
            case 1: bytes[position] = .random(in: text ? 32...126 : 0...255, using: &random)
            case 2: bytes[position] = .random(in: UInt8(ascii: "0")...UInt8(ascii: "9"), using: &random)
            case 3: bytes.removeSubrange(position..<min(bytes.count, position + Int.random(in: 1...4, using: &random)))
            case 4: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + 6)], at: position)
            default:
                if Int.random(in: 0..<4, using: &random) == 0 { bytes.removeLast(bytes.count - position) }
            }
        }
        return bytes
    }
}
