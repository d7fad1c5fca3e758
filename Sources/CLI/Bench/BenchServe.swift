import ArgumentParser
import AsyncHTTPClient
import Benchmarking
import Needletail
import Support

/// `needletail bench serve`: measures what clients of a running server see.
struct BenchServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Measure a running server with an OpenAI-compatible API.",
        discussion: """
            Sends streaming requests and reports throughput and latencies. Comma-separated values of --max-concurrency \
            give one result each, in one JSON array that `bench plot` draws.
            """)

    @OptionGroup(title: "Server") var target: TargetArguments
    @OptionGroup(title: "Requests") var dataset: DatasetArguments
    @OptionGroup(title: "Traffic") var traffic: TrafficArguments
    @OptionGroup(title: "Report") var report: ServingReportArguments

    func run() async throws {
        try target.check()
        try dataset.check()
        try traffic.check()
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            try await run(http)
        } catch {
            try? await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    /// One connection per request and no read timeout: a queued request receives nothing for a long time.
    private var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.commandLineConfiguration
        configuration.timeout.read = nil
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(
            dataset.count, traffic.warmupCount)
        return configuration
    }

    private func run(_ http: HTTPClient) async throws {
        let limits = try traffic.limits()
        let client = try target.client(http)
        let card = try await ServedModelCard(client, base: target.base, model: target.model)
        let endpoint = try ServingEndpoint(path: target.endpoint)
        let server = ServingTarget(
            client: client, base: target.base, path: target.endpoint, endpoint: endpoint, model: card.model,
            fields: try target.fields(ignoresEOS: dataset.name == .random))
        var setup = ServingResult.Setup(
            date: Timestamp.text(secondsSince1970: WallClock.seconds), endpointType: endpoint.type,
            modelID: card.model, arrivals: traffic.arrivals)
        try report.apply(to: &setup)
        let file = try report.file(setup, limits: limits)
        let source = try dataset.source(
            vocabularySize: target.vocabularySize ?? card.vocabularySize ?? 10_000, maxModelLength: card.maxModelLength)
        try await warmUp(server, source, limits.first ?? nil)
        var results: [ServingResult] = []
        for (index, limit) in limits.enumerated() {
            setup.maxConcurrency = limit
            results.append(try await measure(server, source.requests(seed: traffic.seed &+ UInt64(index)), setup))
        }
        try save(results, file)
    }

    /// Sends requests other than the measured ones, which must not be in the prefix cache yet.
    private func warmUp(_ server: ServingTarget, _ source: RequestSource, _ limit: Int?) async throws {
        guard traffic.warmupCount > 0 else { return }
        let requests = try source.requests(seed: ~traffic.seed)
        let repeated = (0..<traffic.warmupCount).map { requests[$0 % requests.count] }
        let times = Array(repeating: 0.0, count: repeated.count)
        _ = await send(try await server.prepare(repeated), to: server, times: times, limit: limit, label: "warming up")
    }

    /// Measures one run and prints its report on standard output.
    private func measure(
        _ server: ServingTarget, _ requests: [SampleRequest], _ setup: ServingResult.Setup
    ) async throws -> ServingResult {
        let times = setup.arrivals.times(count: requests.count, seed: traffic.seed)
        let label = setup.maxConcurrency.map { "concurrency \($0)" } ?? "serving"
        let (records, duration) = await send(
            try await server.prepare(requests), to: server, times: times, limit: setup.maxConcurrency, label: label)
        let result = ServingResult(setup: setup, records: records, duration: duration)
        StandardOutput.write(result.text)
        if let error = result.firstError {
            let summary = "\(result.failed) of \(records.count) requests failed, the first with: \(error)"
            guard result.completed > 0 else { throw EngineError(summary) }
            StandardError.write("needletail: \(summary)\n")
        }
        return result
    }

    private func send(
        _ requests: [SampleRequest], to server: ServingTarget, times: [Double], limit: Int?, label: String
    ) async -> (records: [RequestRecord], duration: Double) {
        let progress = ProgressCounter(label, total: requests.count, isShown: !report.hidesProgress)
        defer { progress.finish() }
        return await LoadGenerator(times: times, maxConcurrency: limit).run(requests, progress: progress) { request in
            await server.send(request)
        }
    }

    /// Saves a single result as an object, several as an array.
    private func save(_ results: [ServingResult], _ file: ResultFile?) throws {
        let documents = results.map { $0.json(isDetailed: report.savesDetails) }
        try file?.write(documents.count == 1 ? documents[0] : .array(documents))
    }
}
