import Checkpoint
import FoundationEssentials
import Needletail
import Support
import TestSupport
import Testing
import Tokenization

/// Tokenizers in other forms than `tokenizer.json`, against the libraries that read these forms.
@Suite struct TokenizerSourceTests {
    private static let root = "tokenizers/sources/"
    /// SentencePiece models, tiktoken and tekken files, and `vocab.json` with `merges.txt`, each with its settings.
    static let names = [
        "llama", "llama-legacy", "llama-no-prefix", "llama-user-defined", "llama-added", "llama-added-tokens-json",
        "code-llama", "generic", "generic-mistral", "generic-spaces", "processor-identity",
        "processor-spaces", "processor-gemma", "gemma", "tiktoken-llama3", "tiktoken-qwen", "tiktoken-kimi",
        "tiktoken-pattern",
        "tiktoken-cl100k", "tekken", "tekken-old", "vocab-gpt2", "vocab-opt", "vocab-space", "vocab-qwen2",
        "vocab-roberta",
    ]

    private static let json = Result { try Fixtures.json(root + "sources.json") }

    private static func fixture(_ name: String) throws -> JSONValue {
        try #require(json.get()["cases"]?.arrayValue?.first { $0["name"]?.stringValue == name })
    }

    /// The case's files in a folder of their own.
    private static func folder(_ fixture: JSONValue) throws -> SourceFolder {
        let folder = try SourceFolder()
        let file = try #require(fixture["file"]?.stringValue)
        try folder.write(Fixtures.bytes(root + file), to: #require(fixture["target"]?.stringValue))
        if file.hasSuffix("/vocab.json") {
            try folder.write(
                Fixtures.bytes(root + file.dropLast("vocab.json".count) + "merges.txt"), to: "merges.txt")
        }
        for (name, value) in try #require(fixture["files"]?.objectValue).members {
            try folder.write(Array(value.serialized.utf8), to: name)
        }
        return folder
    }

    @Test func `every case of the file is tested`() throws {
        let cases = try #require(Self.json.get()["cases"]?.arrayValue)
        #expect(cases.compactMap { $0["name"]?.stringValue } == Self.names)
    }

    @Test(arguments: names)
    func `texts are encoded and decoded as in the reference`(_ name: String) throws {
        let fixture = try Self.fixture(name)
        let texts = try #require(Self.json.get()["texts"]?.arrayValue)
        let tokenizer = try Self.folder(fixture).tokenizer()
        let rows = try #require(fixture["rows"]?.arrayValue)
        #expect(rows.count > 30)
        for row in rows {
            let index = try #require(row["text"]?.intValue)
            let text = try #require(texts[index].stringValue)
            let ids = row.tokens("ids")
            let special = row["special"] == nil ? ids : row.tokens("special")
            #expect(tokenizer.encode(text, addSpecialTokens: false) == ids, "\(text.debugDescription)")
            #expect(tokenizer.encode(text, addSpecialTokens: true) == special, "\(text.debugDescription)")
            let decoded = tokenizer.decode(special, skipSpecialTokens: true)
            #expect(decoded.utf8.elementsEqual((row["decoded"]?.stringValue ?? text).utf8), "\(text.debugDescription)")
        }
    }

    @Test func `a file is a tokenizer as well as its folder`() throws {
        for name in Self.firstNames(withTargets: ["tokenizer.model", "tekken.json", "vocab.json", "ranks.tiktoken"]) {
            let folder = try Self.folder(try Self.fixture(name))
            let target = try #require(Self.fixture(name)["target"]?.stringValue)
            let model = try Checkpoint.open(
                path: Fixtures.path("models/llama"), tokenizerPath: folder.path + "/" + target)
            let text = "Two  birds, one nest 123"
            #expect(
                try ModelTokenizer(model).tokenizer.encode(text, addSpecialTokens: true)
                    == folder.tokenizer().encode(text, addSpecialTokens: true))
        }
    }

    private static func firstNames(withTargets targets: [String]) -> [String] {
        targets.compactMap { target in
            names.first { (try? fixture($0))?["target"]?.stringValue == target }
        }
    }

    /// The order in which `transformers` looks for a vocabulary.
    @Test func `of several vocabularies the first form is used`() throws {
        let folder = try SourceFolder()
        try folder.write(Array("{}".utf8), to: "config.json")
        let files = [
            "vocab.json", "x.tiktoken", "tiktoken.model", "tokenizer.model", "tekken.json", "tokenizer.json",
        ]
        for file in files {
            try folder.write(Array("{}".utf8), to: file)
            if file == "vocab.json" { try folder.write(Array("#version: 0.2\n".utf8), to: "merges.txt") }
            #expect(try folder.files.vocabulary().file == file)
        }
        try folder.remove(files)
        let error = #expect(throws: LoadError.self) { try folder.files.vocabulary() }
        for file in ["tokenizer.json", "tekken.json", "tokenizer.model", "*.tiktoken", "vocab.json with merges.txt"] {
            #expect(error?.description.contains(file) == true)
        }
        try folder.write([1], to: "a.tiktoken")
        try folder.write([1], to: "b.tiktoken")
        let open = #expect(throws: LoadError.self) { try folder.files.vocabulary() }
        #expect(open?.description.hasSuffix("expected one vocabulary, found a.tiktoken, b.tiktoken") == true)
    }

    @Test func `a message names the file, the place and the finding`() throws {
        let folder = try Self.folder(try Self.fixture("vocab-gpt2"))
        try folder.write(Array("#version: 0.2\nĠ Ġ\nH Ж\n".utf8), to: "merges.txt")
        expectFailure(folder, "vocab.json: merges[1], H + Ж, names a token that is not in the vocabulary")
        try folder.write(Array("#version: 0.2\nĠ Ġ\nH e l\n".utf8), to: "merges.txt")
        expectFailure(folder, "vocab.json: merges.txt, line 3 is 3 words; it must be two tokens separated by a space")
        try folder.remove(["merges.txt"])
        #expect(throws: LoadError.self) { try folder.tokenizer() }

        let model = try Self.folder(try Self.fixture("llama"))
        try model.write(Array(Fixtures.bytes(Self.root + "identity.model").dropLast(9000)), to: "tokenizer.model")
        expectFailure(model, "tokenizer.model: byte ")
        try model.write(Array("aGk= 0\nYQ== x\n".utf8), to: "tokenizer.model")
        expectFailure(model, #"tokenizer.model: line 2: the rank is "x"; it must be a number"#)
    }

    private func expectFailure(
        _ folder: SourceFolder, _ message: String, _ location: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: TokenizerError.self, sourceLocation: location) { try folder.tokenizer() }
        let description = error?.description ?? ""
        #expect(description.contains(message), "\(description)", sourceLocation: location)
    }
}

/// A folder with tokenizer files, removed at the end.
final class SourceFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/needletail-tokenizer-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var files: TokenizerFiles { TokenizerFiles(folder: ModelFolder(path: path)) }

    func tokenizer() throws -> Tokenizer { try TokenizerSource.open(path: path).load().tokenizer }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(filePath: path + "/" + name))
    }

    func remove(_ names: [String]) throws {
        for name in names { try FileManager.default.removeItem(atPath: path + "/" + name) }
    }
}
