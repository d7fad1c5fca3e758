import Support
import TestSupport
import Testing
import Tokenization

/// Small files of each form, and the errors for broken ones.
@Suite struct SourceFileTests {
    private func expectError(
        _ vocabulary: VocabularyFile, config: JSONValue? = nil, naming expected: String,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: TokenizerError.self, sourceLocation: location) {
            try Tokenizer(vocabulary, file: "x.model", configJSON: config)
        }
        let description = error?.description ?? "no error"
        #expect(description.contains(expected), "\(description)", sourceLocation: location)
    }

    @Test func `the files that the tests break are valid`() throws {
        for (vocabulary, config) in SmallSources.all {
            let tokenizer = try Tokenizer(vocabulary, file: "x.model", configJSON: config)
            let ids = tokenizer.encode("ab ba abab", addSpecialTokens: true)
            #expect(!ids.isEmpty)
            #expect(tokenizer.decode(ids, skipSpecialTokens: true) == "ab ba abab")
        }
    }

    @Test func `a broken SentencePiece model is named with its place`() {
        let whole = SentencePieceFile().bytes
        expectError(.sentencePiece(Array(whole.dropLast())), naming: "bytes long, as it says (is it cut off?)")
        expectError(.sentencePiece([]), naming: "x.model: the vocabulary is missing")
        expectError(.sentencePiece([0x0A, 0x80]), naming: "x.model: byte 1 is the end of the data")
        expectError(.sentencePiece([0x0B]), naming: "wire type 3 of field 1")
        expectError(.sentencePiece([0x02]), naming: "field number 0")
        let changes: [(String, (inout SentencePieceFile) -> Void)] = [
            ("model type Unigram is not supported; supported: BPE", { $0.trainer[3] = 1 }),
            ("the model type CHAR", { $0.trainer[3] = 4 }),
            ("bos_id is 99; it must be below", { $0.trainer[41] = 99 }),
            ("byte_fallback is true without the piece <0x00>", { $0.trainer[35] = 1 }),
            ("treat_whitespace_as_suffix true", { $0.trainer[24] = 1 }),
            ("escape_whitespaces false", { $0.normalizer[5] = 0 }),
            ("the normalisation nmt_nfkc", { $0.rules = ("nmt_nfkc", [1, 2]) }),
            ("type of piece 3 is 9; it must be 1 to 6", { $0.pieces[3].type = 9 }),
            ("score of piece 3 is NaN", { $0.pieces[3].score = .nan }),
            ("piece 4 is empty", { $0.pieces[4].text = "" }),
            ("the token ab has two ids, 5 and 6", { $0.pieces[6].text = "ab" }),
        ]
        for (expected, change) in changes {
            var file = SentencePieceFile()
            change(&file)
            expectError(.sentencePiece(file.bytes), naming: expected)
        }
    }

    @Test func `a broken tiktoken file is named with its line`() {
        let lines = SmallSources.rankLines
        func ranks(_ change: (inout [String]) -> Void) -> VocabularyFile {
            var lines = lines
            change(&lines)
            return .ranks(Array(lines.joined(separator: "\n").utf8))
        }
        expectError(ranks { $0[3] = "A*== 3" }, naming: #"line 4: the token is "A*=="; it must be Base64"#)
        expectError(ranks { $0[3] = "Aw== -1" }, naming: #"line 4: the rank is "-1""#)
        expectError(ranks { $0[3] = "Aw== 99999999" }, naming: #"line 4: the rank is "99999999""#)
        expectError(ranks { $0[3] = "Aw==" }, naming: "line 4 is 1 words")
        expectError(ranks { $0[3] = "Aw== 2" }, naming: "line 4: the rank is 2 again")
        expectError(ranks { $0[257] = "YWI= 257" }, naming: "line 258: the token has two ranks, 256 and 257")
        expectError(ranks { $0[257] = "YWJi 258" }, naming: "rank 257 is missing")
        expectError(ranks { $0.remove(at: 0) }, naming: "the token of the byte 0x00 is missing")
        expectError(ranks { $0 = [] }, naming: "a line with a token and its rank is missing")
        expectError(
            ranks { _ in }, config: ["added_tokens_decoder": ["-1": ["content": "<x>"]]],
            naming: "added_tokens_decoder.-1")
        expectError(ranks { _ in }, config: ["pat_str": "(a"], naming: "words in x.model is not supported: unmatched (")
    }

    @Test func `a rank that a special token has is no gap`() throws {
        var lines = SmallSources.rankLines
        lines[257] = "YWJi 258"
        let tokenizer = try Tokenizer(
            .ranks(Array(lines.joined(separator: "\n").utf8)), file: "x.tiktoken",
            configJSON: ["added_tokens_decoder": ["257": ["content": "<x>", "special": true]]])
        #expect(tokenizer.encode("abb<x>", addSpecialTokens: false) == [258, 257])
        #expect(tokenizer.isSpecial(257))
    }

    @Test func `a broken tekken file is named with its key`() {
        let base = SmallSources.tekken
        expectError(.tekken([]), naming: "x.model: file is of type array")
        expectError(.tekken(base.setting("config", "pattern", to: .null)), naming: "x.model: config.pattern is missing")
        expectError(.tekken(base.setting("vocab", to: [])), naming: "default_vocab_size is 260")
        expectError(
            .tekken(base.setting("vocab", to: []).setting("config", "default_vocab_size", to: .null)),
            naming: "the token of the byte 0x00 is missing")
        expectError(
            .tekken(base.setting("config", "default_vocab_size", to: 9999)), naming: "default_vocab_size is 9999")
        expectError(
            .tekken(base.setting("config", "default_num_special_tokens", to: 1)),
            naming: "default_num_special_tokens is 1; it must be 2 or more")
        var vocabulary = base["vocab"]?.arrayValue ?? []
        vocabulary[7] = ["rank": 8, "token_bytes": "Bw=="]
        expectError(.tekken(base.setting("vocab", to: .array(vocabulary))), naming: "vocab[7].rank is 8; it must be 7")
        vocabulary[7] = ["rank": 7, "token_bytes": "B"]
        expectError(
            .tekken(base.setting("vocab", to: .array(vocabulary))), naming: #"vocab[7].token_bytes is "B""#)
        vocabulary[7] = ["rank": 7, "token_bytes": "AA=="]
        expectError(.tekken(base.setting("vocab", to: .array(vocabulary))), naming: "vocab[7]: the token has two ranks")
        expectError(
            .tekken(base.setting("special_tokens", to: [["rank": 1, "token_str": "<s>"]])),
            naming: "special_tokens[0].rank is 1; it must be 0")
    }

    @Test func `a vocabulary without tokenizer.json needs a known class`() {
        let vocabulary = VocabularyFile.vocabularyAndMerges(["a": 0, "b": 1, "ab": 2], Array("a b\n".utf8))
        expectError(vocabulary, naming: "tokenizer_class none is not supported; supported: BartTokenizer, GPT2")
        expectError(vocabulary, config: ["tokenizer_class": "XTokenizerFast"], naming: "tokenizer_class XTokenizer")
        let gpt2: JSONValue = ["tokenizer_class": "GPT2Tokenizer"]
        expectError(.vocabularyAndMerges([], []), config: gpt2, naming: "x.model: vocabulary is of type array")
        expectError(.vocabularyAndMerges(["a": 0], [0xFF]), config: gpt2, naming: "merges.txt is not UTF-8")
        expectError(.vocabularyAndMerges(["a": 0, "b": 0], []), config: gpt2, naming: "the id 0 belongs to both")
        expectError(
            .vocabularyAndMerges(["a": 0], Array("a b\n".utf8)), config: gpt2, naming: "x.model: merges[0], a + b"
        )
    }

    /// Any damage is an error or a tokenizer, never a crash.
    @Test(.timeLimit(.minutes(3)), arguments: SmallSources.Form.allCases)
    func `20,000 damaged files never crash the loader`(_ form: SmallSources.Form) throws {
        var random = SplitMix(seed: 20_251_130)
        var failureCount = 0
        for _ in 0..<20_000 {
            let (vocabulary, config) = form.damaged(&random)
            do {
                let tokenizer = try Tokenizer(vocabulary, file: "x.model", configJSON: config)
                let ids = tokenizer.encode("ab ▁ba\nabé", addSpecialTokens: true)
                _ = tokenizer.decode(ids, skipSpecialTokens: true)
            } catch {
                failureCount += 1
                #expect(error.description.count < 3000)
            }
        }
        #expect(failureCount > 1000)
    }
}
