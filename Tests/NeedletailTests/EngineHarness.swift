import EngineTypes
import Needletail
import Support
import TestSupport
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif

/// A model that the tests run, by its source.
enum Subject: String, CaseIterable, Sendable, CustomTestStringConvertible {
    /// The llama fixture with a longer context, so that long prompts fit.
    case fixture
    /// The default model.
    case smollm2

    var testDescription: String { rawValue }

    var path: String? {
        switch self {
        case .fixture: try? StretchedFixture.path
        case .smollm2: RealModels.path("smollm2-135m-instruct-q4_1.gguf")
        }
    }

    /// The scalar kernels take about a second per token of a real model.
    static var available: [Subject] {
        let isScalar = ProcessInfo.processInfo.environment["NEEDLETAIL_ISA"] == "scalar"
        return isScalar ? [.fixture] : allCases.filter { $0.path != nil }
    }
}

/// Real models, from the folder in NEEDLETAIL_TEST_MODELS or from the cache that the command line fills.
enum RealModels {
    static func path(_ file: String) -> String? {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["HOME"] ?? ""
        let cache = environment["XDG_CACHE_HOME"] ?? home + "/.cache"
        let folders = [environment["NEEDLETAIL_TEST_MODELS"], environment["NEEDLETAIL_CACHE"], cache + "/needletail"]
        return folders.compactMap { $0 }.map { $0 + "/" + file }.first(where: Files.exists)
    }

    static let absence =
        "the model file is neither in the folder NEEDLETAIL_TEST_MODELS nor in the cache of `needletail pull`"
}

/// A copy of the llama fixture whose configuration allows 4,096 positions.
enum StretchedFixture {
    static var path: String { get throws { try result.get() } }

    private static let result = Result {
        let folder = FileManager.default.temporaryDirectory.path + "/needletail-stretched-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var config = try Fixtures.json("models/llama/config.json").objectValue ?? JSONObject()
        config["max_position_embeddings"] = 4096
        try Data(JSONValue.object(config).serialized.utf8).write(to: URL(filePath: folder + "/config.json"))
        for file in ["model.safetensors", "generation_config.json"] {
            try Data(Fixtures.bytes("models/llama/" + file)).write(to: URL(filePath: folder + "/" + file))
        }
        return folder
    }
}

/// An engine with invariant checks and poisoned freed blocks, and helpers for tests.
struct EngineHarness {
    let engine: AsyncEngine

    /// Uses a separate runtime by default: tests run concurrently and must not delay each other.
    init(
        _ path: String, runtime: ComputeRuntime = ComputeRuntime(), _ change: (inout EngineOptions) -> Void = { _ in }
    ) throws {
        var options = EngineOptions()
        options.checksInvariants = true
        options.skipsTokenizer = true
        change(&options)
        engine = try EngineBuilder.build(path: path, name: "model", options: options, runtime: runtime)
    }

    func run(_ tokenIDs: [TokenID], _ sampling: SamplingParams) async throws -> RequestOutput {
        try await engine.generate(tokenIDs, sampling).collect()
    }

    /// Starts all requests before reading any output, so that they share steps.
    func runTogether(_ prompts: [[TokenID]], _ sampling: SamplingParams) async throws -> [RequestOutput] {
        let streams = try prompts.map { try engine.generate($0, sampling) }
        var outputs: [RequestOutput] = []
        for stream in streams { outputs.append(try await stream.collect()) }
        return outputs
    }

    /// Returns `count` outputs of one prompt.
    func runChoices(_ tokenIDs: [TokenID], _ sampling: SamplingParams, count: Int) async throws -> [RequestOutput] {
        var context = RequestMetadata()
        context.parent = ParentRequest(choiceCount: count, returnedCount: count)
        var streams: [RequestStream] = []
        for choice in 0..<count {
            context.choiceIndex = choice
            streams.append(try engine.generate(tokenIDs, sampling, context))
        }
        var outputs: [RequestOutput] = []
        for stream in streams { outputs.append(try await stream.collect()) }
        return outputs
    }

    /// Returns the engine's statistics once nothing runs any more.
    func idleStats() async throws -> SchedulerStats {
        for _ in 0..<500 {
            let stats = await currentStats()
            if stats.runningCount == 0, stats.waitingCount == 0, stats.usedBlockCount == 0 { return stats }
            try await Task.sleep(for: .milliseconds(10))
        }
        return await currentStats()
    }

    func currentStats() async -> SchedulerStats { await engine.currentStats() }
}

extension [PositionLogprobs] {
    /// The parts of an output that must be equal bit for bit.
    var bits: [[UInt32]] {
        map { position in ([position.sampled] + position.top).flatMap { [$0.token, $0.logprob.bitPattern] } }
    }
}
