import ModelStore
import NIOHTTP1
import Support
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct HubTests {
    private static let snapshot = "models--org--tiny/snapshots/\(FakeHub.commit)"
    private static let blob = "models--org--tiny/blobs/\(FakeHub.weightsETag)"

    @Test func `a model is downloaded into the shared layout`() async throws {
        let folder = try TemporaryFolder()
        let progress = RecordedProgress()
        let server = try await LocalServer { FakeHub.answer($0) }
        let model = try await resolve(server, folder, progress: progress)
        #expect(model.path == "\(folder.path)/\(Self.snapshot)" && model.name == "org/tiny")
        #expect(folder.bytes("\(Self.snapshot)/config.json") == FakeHub.config)
        #expect(folder.bytes("\(Self.snapshot)/model.safetensors") == FakeHub.weights)
        #expect(
            folder.destination(ofLink: "\(Self.snapshot)/model.safetensors") == "../../blobs/\(FakeHub.weightsETag)")
        #expect(folder.bytes("models--org--tiny/refs/main") == Array(FakeHub.commit.utf8))
        #expect(!folder.files().contains { $0.hasSuffix(".incomplete") || $0.hasSuffix("README.md") })
        let last = try #require(progress.last)
        #expect(last == Progress(label: "model.safetensors", done: 100_000, total: 100_000))
        // A second time, nothing but the listing is asked for.
        let count = server.requests.count
        #expect(try await resolve(server, folder) == model)
        #expect(server.requests.count == count + 1)
        try await server.close()
    }

    @Test func `a download resumes after a cut connection`() async throws {
        let folder = try TemporaryFolder()
        let server = try await LocalServer { request in
            var reply = FakeHub.answer(request)
            if request.path == "/store/weights", request.header("Range") == nil { reply.cut = 30_000 }
            return reply
        }
        let model = try await resolve(server, folder)
        #expect(folder.bytes("\(Self.snapshot)/model.safetensors") == FakeHub.weights)
        let ranges = server.requests.filter { $0.method == "GET" && $0.path == "/store/weights" }.map {
            $0.header("Range")
        }
        #expect(ranges.count == 2 && ranges[0] == nil)
        let start = try #require(ranges.last??.dropFirst("bytes=".count).dropLast())
        #expect((1...30_000).contains(Int(start) ?? 0), "\(ranges) for \(model)")
        try await server.close()
    }

    @Test func `a download resumes where an earlier run ended`() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Array(FakeHub.weights[..<12_345]), to: "\(Self.blob).incomplete")
        let server = try await LocalServer { FakeHub.answer($0) }
        _ = try await resolve(server, folder)
        #expect(folder.bytes(Self.blob) == FakeHub.weights)
        #expect(server.requests.contains { $0.header("Range") == "bytes=12345-" })
        try await server.close()
    }

    @Test func `a download starts again if the server ignores ranges`() async throws {
        let folder = try TemporaryFolder()
        try folder.write([UInt8](repeating: 9, count: 500), to: "\(Self.blob).incomplete")
        let server = try await LocalServer { request in
            request.path == "/store/weights" ? ServedReply(body: FakeHub.weights) : FakeHub.answer(request)
        }
        _ = try await resolve(server, folder)
        #expect(folder.bytes(Self.blob) == FakeHub.weights)
        try await server.close()
    }

    @Test func `a download starts again if the server refuses the range`() async throws {
        let folder = try TemporaryFolder()
        try folder.write([UInt8](repeating: 9, count: 500), to: "\(Self.blob).incomplete")
        let server = try await LocalServer { request in
            request.header("Range") == nil ? FakeHub.answer(request) : ServedReply(status: .rangeNotSatisfiable)
        }
        _ = try await resolve(server, folder)
        #expect(folder.bytes(Self.blob) == FakeHub.weights)
        try await server.close()
    }

    @Test(arguments: ["config.json", "model.safetensors"])
    func `wrong content is refused and deleted`(file: String) async throws {
        let folder = try TemporaryFolder()
        let server = try await LocalServer { request in
            var reply = FakeHub.answer(request)
            let isWrong = file == "config.json" ? request.path.hasSuffix(file) : request.path == "/store/weights"
            if isWrong, request.method == "GET" { reply.body[5] ^= 1 }
            return reply
        }
        let error = await failure { try await resolve(server, folder) }
        guard case .wrongHash(let name, let expected, let found) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(name == file && expected != found && expected.count == found.count)
        #expect(expected == (file == "config.json" ? FakeHub.configETag : FakeHub.weightsETag))
        #expect(!folder.files().contains { $0.hasSuffix(".incomplete") || $0.hasSuffix(expected) })
        try await server.close()
    }

    @Test func `other hosts never see the token`() async throws {
        let folder = try TemporaryFolder()
        let store = try await LocalServer { FakeHub.content(FakeHub.weights, $0) }
        let storeURL = store.url
        let server = try await LocalServer { FakeHub.answer($0, store: storeURL) }
        _ = try await resolve(server, folder, token: "secret")
        #expect(server.requests.allSatisfy { $0.header("Authorization") == "Bearer secret" })
        #expect(store.requests.count > 0)
        #expect(store.requests.allSatisfy { $0.header("Authorization") == nil })
        #expect(folder.bytes(Self.blob) == FakeHub.weights)
        try await server.close()
        try await store.close()
    }

    @Test(arguments: [(401, true), (403, true), (401, false)])
    func `an access error says what to do`(status: Int, hasToken: Bool) async throws {
        let folder = try TemporaryFolder()
        let server = try await LocalServer { _ in ServedReply(status: .init(statusCode: status)) }
        let error = await failure { try await resolve(server, folder, token: hasToken ? "t" : nil) }
        #expect(error == .accessDenied(repository: "org/tiny", status: status, hasToken: hasToken))
        #expect("\(error, default: "")".contains(hasToken ? "accept the model's terms" : "set HF_TOKEN"))
        try await server.close()
    }

    @Test func `an unknown model or file is named`() async throws {
        let folder = try TemporaryFolder()
        let server = try await LocalServer { FakeHub.answer($0) }
        let absent = await failure { try await resolve(server, folder, "org/other@v2") }
        #expect(absent == .notFound(repository: "org/other", revision: "v2", file: nil))
        let file = await failure { try await resolve(server, folder, "org/tiny:x.gguf") }
        #expect(file == .notFound(repository: "org/tiny", revision: "main", file: "x.gguf"))
        try await server.close()
    }

    @Test func `each shard of an index is fetched once`() async throws {
        let folder = try TemporaryFolder()
        // What the index does not name is a stray file.
        let files = [
            "config.json", "model.safetensors", "model.safetensors.index.json", "a.safetensors", "b.safetensors",
            "c.safetensors", "special_tokens_map.json",
        ]
        let server = try await LocalServer { FakeHub.answer($0, files: files) }
        let model = try await resolve(server, folder)
        #expect(folder.bytes("\(Self.snapshot)/b.safetensors") == FakeHub.weights)
        #expect(folder.bytes("\(Self.snapshot)/c.safetensors") == nil)
        #expect(folder.bytes("\(Self.snapshot)/model.safetensors") == nil)
        #expect(folder.bytes("\(Self.snapshot)/special_tokens_map.json") != nil)
        // Both shards have the same content and so one blob.
        #expect(server.requests.count { $0.method == "GET" && $0.path == "/store/weights" } == 1)
        #expect(model.path.hasSuffix(Self.snapshot))
        try await server.close()
    }

    @Test func `a GGUF model in parts is fetched whole`() async throws {
        let folder = try TemporaryFolder()
        let parts = (1...3).map { "m-0000\($0)-of-00003.gguf" }
        let server = try await LocalServer { FakeHub.answer($0, files: parts) }
        #expect(try await resolve(server, folder).path.hasSuffix(parts[0]))
        for part in parts { #expect(folder.bytes("\(Self.snapshot)/\(part)") == FakeHub.weights) }
        #expect(try await resolve(server, folder, "org/tiny:" + parts[0]).path.hasSuffix(parts[0]))
        try await server.close()
    }

    @Test func `the only GGUF file at the top is chosen`() async throws {
        let folder = try TemporaryFolder()
        let one = try await LocalServer { FakeHub.answer($0, files: ["m.gguf", "sub/other.gguf"]) }
        #expect(try await resolve(one, folder).path.hasSuffix("\(Self.snapshot)/m.gguf"))
        #expect(try await resolve(one, folder, "org/tiny:sub/other.gguf").path.hasSuffix("/sub/other.gguf"))
        #expect(folder.destination(ofLink: "\(Self.snapshot)/sub/other.gguf")?.hasPrefix("../../../blobs/") == true)
        #expect(folder.bytes("\(Self.snapshot)/sub/other.gguf") == FakeHub.weights)
        try await one.close()
        let several = try await LocalServer { FakeHub.answer($0, files: ["a.gguf", "b.gguf"]) }
        let error = await failure { try await resolve(several, TemporaryFolder()) }
        #expect(error == .noWeights(repository: "org/tiny", found: ["a.gguf", "b.gguf"]))
        try await several.close()
    }

    @Test func `offline, only the cache is used`() async throws {
        let folder = try TemporaryFolder()
        let server = try await LocalServer { FakeHub.answer($0) }
        let empty = await failure { try await resolve(server, folder, isOffline: true) }
        #expect(empty == .offline(model: "org/tiny", variable: "HF_HUB_OFFLINE"))
        #expect(server.requests.isEmpty)
        let model = try await resolve(server, folder)
        let count = server.requests.count
        #expect(try await resolve(server, folder, isOffline: true) == model)
        #expect(server.requests.count == count)
        // The hub that cannot be reached is no obstacle either.
        let url = server.url
        try await server.close()
        #expect(try await resolve(url: url, folder) == model)
        let missing = await failure { try await resolve(url: url, TemporaryFolder()) }
        guard case .connection(_, attempts: 5, _) = missing else {
            Issue.record("\(String(describing: missing))")
            return
        }
    }

    @Test func `a complete cache that cannot be written is used, and its refs are not written again`() async throws {
        let folder = try TemporaryFolder()
        let server = try await LocalServer { FakeHub.answer($0) }
        let model = try await resolve(server, folder)
        let ref = folder.path + "/models--org--tiny/refs/main"
        let before = Files.identity(ref)
        #expect(try await resolve(server, folder) == model)
        #expect(Files.identity(ref) == before)
        #expect(folder.bytes("models--org--tiny/refs/main") == Array(FakeHub.commit.utf8))
        try await server.close()
    }

    @Test func `a model in the cache is used at once, and said to be, where the hub does not answer`() async throws {
        let folder = try TemporaryFolder()
        let hub = try await LocalServer { FakeHub.answer($0) }
        let model = try await resolve(hub, folder)
        try await hub.close()
        for status in [HTTPResponseStatus.serviceUnavailable, .ok] {
            let server = try await LocalServer { _ in ServedReply(status: status, body: Array("<html>".utf8)) }
            let progress = RecordedProgress()
            #expect(try await resolve(server, folder, progress: progress) == model)
            #expect(server.requests.count == 1)
            #expect(progress.notes.count == 1)
            #expect(progress.notes.first?.hasSuffix("; using the copy in the cache") == true)
            try await server.close()
        }
    }

    @Test(arguments: [("HF_HOME", "/dev/null"), ("HF_HUB_CACHE", "/dev/null/x")])
    func `a cache that cannot be made is an error of one line with the variable`(
        variable: String, path: String
    ) async throws {
        let server = try await LocalServer { FakeHub.answer($0) }
        let environment = StoreEnvironment([variable: path, "HF_ENDPOINT": server.url])
        let error = await failure { try await ModelStore(environment: environment).resolve("org/tiny") }
        let text = error?.description ?? ""
        #expect(text.hasPrefix("/dev/null/"), "\(text)")
        #expect(text.hasSuffix(": Not a directory; set \(variable) to a folder that this user can read and write"))
        try await server.close()
    }

    @Test func `a download gives up on a server that keeps failing`() async throws {
        let server = try await LocalServer { _ in ServedReply(status: .serviceUnavailable) }
        let error = await failure { try await resolve(server, TemporaryFolder()) }
        guard case .connection(_, attempts: 5, reason: "status 503") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(server.requests.count == 5)
        try await server.close()
    }

    @Test(arguments: [
        #"{"sha":"../../x","siblings":[]}"#, #"{"siblings":[]}"#, "[]", "not JSON",
    ])
    func `a listing that is not the hub's is refused`(body: String) async throws {
        let server = try await LocalServer { _ in ServedReply(body: Array(body.utf8)) }
        let error = await failure { try await resolve(server, TemporaryFolder()) }
        guard case .badResponse(_, expected: "JSON with sha and siblings", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        try await server.close()
    }

    @Test(arguments: ["../../evil", "", "a/b"])
    func `a blob name that is a path is refused`(etag: String) async throws {
        let server = try await LocalServer { request in
            var reply = FakeHub.answer(request)
            if request.method == "HEAD" { reply.headers = [("ETag", "\"\(etag)\"")] }
            return reply
        }
        let error = await failure { try await resolve(server, TemporaryFolder()) }
        guard case .badResponse(_, expected: "an ETag", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        try await server.close()
    }

    private func resolve(
        _ server: LocalServer, _ folder: TemporaryFolder, _ model: String = "org/tiny", token: String? = nil,
        isOffline: Bool = false, progress: any ProgressReporter = NoProgress()
    ) async throws(ModelStoreError) -> ResolvedModel {
        try await resolve(
            url: server.url, folder, model, token: token, isOffline: isOffline, progress: progress)
    }

    private func resolve(
        url: String, _ folder: TemporaryFolder, _ model: String = "org/tiny", token: String? = nil,
        isOffline: Bool = false, progress: any ProgressReporter = NoProgress()
    ) async throws(ModelStoreError) -> ResolvedModel {
        var environment = StoreEnvironment([
            "HF_HUB_CACHE": folder.path, "HF_ENDPOINT": url + "/", "HF_TOKEN": token ?? "",
            "HF_HUB_OFFLINE": isOffline ? "1" : "0", "HOME": folder.path,
        ])
        environment.retryDelay = .milliseconds(1)
        return try await ModelStore(environment: environment, progress: progress).resolve(model)
    }

    private func failure(_ body: () async throws -> ResolvedModel) async -> ModelStoreError? {
        do {
            Issue.record("expected an error, got \(try await body())")
            return nil
        } catch {
            return error as? ModelStoreError
        }
    }
}

final class RecordedProgress: ProgressReporter {
    private let reports = Mutex<[Progress]>([])
    private let texts = Mutex<[String]>([])

    var notes: [String] { texts.withLock { $0 } }
    func note(_ text: String) { texts.withLock { $0.append(text) } }

    var last: Progress? { reports.withLock { $0.last } }

    func report(_ progress: Progress) { reports.withLock { $0.append(progress) } }
    func finish() {}
}
