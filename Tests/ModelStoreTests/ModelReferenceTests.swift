import FoundationEssentials
import ModelStore
import TestSupport
import Testing

@Suite struct ModelReferenceTests {
    @Test func `an existing path is used as it is`() async throws {
        let path = Fixtures.path("models/llama")
        #expect(try await ModelStore().resolve(path) == ResolvedModel(path: path, name: path))
        let file = Fixtures.path("gguf/llama-q4_0.gguf")
        #expect(try await ModelStore().resolve(file).path == file)
    }

    @Test(arguments: ["/no/such/folder", "./no", "../no", "~/no", "no.gguf"])
    func `a path that does not exist is named`(path: String) async {
        await #expect(throws: ModelStoreError.noSuchPath(path)) { try await ModelStore().resolve(path) }
    }

    @Test(arguments: [
        "", "llama", "a/b/c", "org/", "org/na me", "org/name:file.bin", "org/name:../x.gguf", "org/name@",
        "org/name@../main", "org/..", "org/name:/x.gguf", "org\\name",
    ])
    func `an error about a model name says what is allowed`(argument: String) async throws {
        do {
            _ = try await ModelStore().resolve(argument)
            Issue.record("no error")
        } catch {
            let text = "\(error)"
            #expect(text.contains("model '\(argument)'"), "\(text)")
            #expect(text.contains("smollm2-135m"), "\(text)")
        }
    }

    @Test(arguments: [
        ("smolm2-135m", ["smollm2-135m"]), ("Gemma3-270M", ["gemma3-270m"]), ("gemma-270m", ["gemma3-270m"]),
        ("qwen2.5-coder-0.5b-instruct", ["qwen2.5-coder-0.5b"]), ("minilm-l6", ["minilm"]),
        ("qwen", ["qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"]), ("llama", []), ("m", []),
    ])
    func `a wrong name suggests the nearest built-in ones`(argument: String, near: [String]) async throws {
        let all = BuiltInModel.all.map(\.name)
        await #expect(throws: ModelStoreError.unknownModel(argument, builtIn: all, near: near)) {
            try await ModelStore().resolve(argument)
        }
    }

    private static let revisions: [(model: String?, revision: String, expected: String, found: String)] = [
        ("/tmp", "main", "a hub id (organisation/name)", "/tmp"),
        (nil, "main", "a hub id (organisation/name)", "the default model"),
        ("minilm", "main", "a hub id (organisation/name)", "minilm"),
        ("a/b@c", "d", "the revision of the hub id", "a/b@c"), ("a/b", "../c", "a branch, a tag or a commit", "../c"),
        ("a/b", "", "a branch, a tag or a commit", ""),
    ]

    @Test(arguments: revisions)
    func `a revision is for a hub id that has no other`(
        model: String?, revision: String, expected: String, found: String
    ) async throws {
        await #expect(throws: ModelStoreError.revision(revision, expected: expected, found: found)) {
            try await ModelStore().resolve(model, revision: revision)
        }
    }

    @Test func `the variables of the hub are read`() throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("from-file\n".utf8), to: "huggingface/token")
        let plain = StoreEnvironment(["HOME": "/h"])
        #expect(plain.hubCache == "/h/.cache/huggingface/hub" && plain.builtInCache == "/h/.cache/needletail")
        #expect(plain.endpoint == "https://huggingface.co" && plain.token == nil && !plain.isOffline)
        let cache = StoreEnvironment(["HOME": "/h", "XDG_CACHE_HOME": folder.path])
        #expect(cache.hubCache == "\(folder.path)/huggingface/hub" && cache.token == "from-file")
        let set = StoreEnvironment([
            "HF_HOME": "/hf", "HF_ENDPOINT": "http://x/", "HF_TOKEN": "t", "HF_HUB_OFFLINE": "YES",
            "NEEDLETAIL_CACHE": "/n",
        ])
        #expect(set.hubCache == "/hf/hub" && set.endpoint == "http://x" && set.token == "t" && set.isOffline)
        #expect(set.builtInCache == "/n")
        #expect(StoreEnvironment(["HF_HOME": "/hf", "HF_HUB_CACHE": "/c"]).hubCache == "/c")
    }
}
