import FoundationEssentials
import ModelStore
import Testing

/// Which revision and which files of a repository are fetched.
@Suite(.timeLimit(.minutes(1))) struct HubContentTests {
    private static let snapshot = "models--org--tiny/snapshots/\(FakeHub.commit)"

    @Test(arguments: ["org/tiny", "org/tiny@dev"])
    func `a revision may be given beside the id`(model: String) async throws {
        let folder = try TemporaryFolder()
        let server = try await LocalServer { request in
            var main = request
            main.path = request.path.replacing("/revision/dev", with: "/revision/main")
            return request.path.hasSuffix("/revision/main") ? .notFound : FakeHub.answer(main)
        }
        let store = ModelStore(environment: environment(url: server.url, folder))
        _ = try await store.resolve(model, revision: "dev")
        #expect(folder.bytes("models--org--tiny/refs/dev") == Array(FakeHub.commit.utf8))
        try await server.close()
    }

    @Test func `a tokenizer comes without the weights`() async throws {
        let folder = try TemporaryFolder()
        let wanted = [
            "additional_chat_templates/rag.jinja", "chat_template.jinja", "chat_template.json", "tokenizer.json",
            "tokenizer_config.json",
        ]
        let unwanted = [
            "config.json", "model.safetensors", "tokenizer.model", "additional_chat_templates/deep/x.jinja",
            "additional_chat_templates/note.txt", "additional_chat_templates/../x.jinja", "other/x.jinja",
        ]
        let server = try await LocalServer { request in
            request.path.contains("/tokenizer") || request.path.contains("chat_template")
                ? ServedReply(headers: [("ETag", "\"\(FakeHub.configETag)\"")], body: FakeHub.config)
                : FakeHub.answer(request, files: wanted + unwanted)
        }
        let store = ModelStore(environment: environment(url: server.url, folder))
        let path = try await store.resolve("org/tiny", content: .tokenizer).path
        #expect(path == "\(folder.path)/\(Self.snapshot)")
        let fetched = folder.files().filter { $0.hasPrefix(Self.snapshot + "/") }
        #expect(fetched == (["additional_chat_templates"] + wanted).map { "\(Self.snapshot)/\($0)" })
        let offline = ModelStore(environment: environment(url: server.url, folder, isOffline: true))
        #expect(try await offline.resolve("org/tiny", content: .tokenizer).path == path)
        await #expect(throws: ModelStoreError.offline(model: "org/tiny", variable: "HF_HUB_OFFLINE")) {
            try await offline.resolve("org/tiny")
        }
        try await server.close()
    }

    @Test func `a repository without a tokenizer is named`() async throws {
        let folder = try TemporaryFolder()
        let server = try await LocalServer { FakeHub.answer($0) }
        let store = ModelStore(environment: environment(url: server.url, folder))
        await #expect(throws: ModelStoreError.noTokenizer(repository: "org/tiny")) {
            try await store.resolve("org/tiny", content: .tokenizer)
        }
        try await server.close()
    }

    private func environment(
        url: String, _ folder: TemporaryFolder, isOffline: Bool = false
    ) -> StoreEnvironment {
        var environment = StoreEnvironment([
            "HF_HUB_CACHE": folder.path, "HF_ENDPOINT": url, "HF_HUB_OFFLINE": isOffline ? "1" : "0",
            "HOME": folder.path,
        ])
        environment.retryDelay = .milliseconds(1)
        return environment
    }
}
