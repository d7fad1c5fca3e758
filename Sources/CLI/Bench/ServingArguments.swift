import ArgumentParser
import AsyncHTTPClient
import Benchmarking
import NIOCore
import Needletail
import Support

/// The flags that choose the server that `bench serve` measures.
struct TargetArguments: ParsableArguments {
    @Option(
        name: .customLong("base-url"), help: "URL of the server, without a path (default: from --host and --port).")
    var baseURL: String?

    @Option(help: "Host of the server.")
    var host = "127.0.0.1"

    @Option(help: "Port of the server.")
    var port = 8000

    @Option(help: "Path of the endpoint; must end in /completions or /chat/completions.")
    var endpoint = "/v1/completions"

    @Option(help: "Model to request (default: the first that the server lists).")
    var model: String?

    @Option(name: .customLong("api-key"), help: "API key for the server.")
    var apiKey: String?

    @Option(name: .customLong("header"), help: "NAME=VALUE to send with each request; may be repeated.")
    var headers: [String] = []

    @Flag(name: .customLong("ignore-eos"), help: "Generate outputs of full length; always on for random prompts.")
    var ignoresEOS = false

    @Option(help: "Sampling temperature; 0 is greedy (default: the server's).")
    var temperature: Double?

    @Option(name: .customLong("extra-body"), help: "JSON object whose members are added to each request.")
    var extraBody: String?

    @Option(
        name: .customLong("vocab-size"),
        help: "Random token ids are below this (default: the size that the server reports, or 10000).")
    var vocabularySize: Int?

    func check() throws {
        _ = try checked(port, in: 1...65_535, "--port")
        _ = try checked(vocabularySize ?? 1, in: 1...1 << 24, "--vocab-size")
        if let baseURL, !baseURL.hasPrefix("http://"), !baseURL.hasPrefix("https://") {
            throw EngineError("--base-url: must begin with http:// or https://, got '\(baseURL)'")
        }
        _ = try ServingEndpoint(path: endpoint)
        _ = try fields(ignoresEOS: false)
        _ = try namedHeaders()
    }

    var base: String {
        let base = baseURL ?? "http://\(Authority.host(host)):\(port)"
        return base.hasSuffix("/") ? String(base.dropLast()) : base
    }

    func client(_ http: HTTPClient) throws -> OpenAIClient {
        var client = OpenAIClient(http: http, apiKey: apiKey, flag: baseURL == nil ? "--port" : "--base-url")
        client.headers = try namedHeaders()
        client.timeout = .hours(6)
        return client
    }

    private func namedHeaders() throws -> [(name: String, value: String)] {
        try headers.map { header in
            let parts = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw EngineError("--header: must be NAME=VALUE, got '\(header)'")
            }
            return (String(parts[0]), String(parts[1]))
        }
    }

    func fields(ignoresEOS isImplied: Bool) throws -> JSONObject {
        var fields = JSONObject()
        if ignoresEOS || isImplied { fields["ignore_eos"] = true }
        fields["temperature"] = temperature.map { .double($0) }
        guard let extraBody else { return fields }
        guard let object = try? JSONValue(parsing: extraBody).objectValue else {
            throw EngineError("--extra-body: must be a JSON object, got '\(extraBody)'")
        }
        for (key, value) in object.members { fields[key] = value }
        return fields
    }
}

/// The flags that set when `bench serve` sends its requests.
struct TrafficArguments: ParsableArguments {
    @Option(name: .customLong("request-rate"), help: "Requests per second, at random times; inf sends all at once.")
    var rate = Double.infinity

    @Option(help: "1: a Poisson process; below 1: arrivals in bursts; above 1: more even arrivals.")
    var burstiness = 1.0

    @Option(
        name: .customLong("max-concurrency"),
        help: "Maximum number of concurrent requests; comma-separated values are measured one after the other.")
    var maxConcurrency: String?

    @Option(name: .customLong("num-warmups"), help: "Number of warm-up requests, which are not measured.")
    var warmupCount = 0

    @Option(help: "Seed of the random prompts and arrival times.")
    var seed: UInt64 = 0

    var arrivals: Arrivals { Arrivals(rate: rate, burstiness: burstiness) }

    func check() throws {
        guard rate > 0 else { throw EngineError("--request-rate: must be above 0, got \(rate)") }
        guard burstiness > 0 else { throw EngineError("--burstiness: must be above 0, got \(burstiness)") }
        _ = try checked(warmupCount, in: 0...1 << 20, "--num-warmups")
        _ = try limits()
    }

    /// One concurrency limit per run; nil for no limit.
    func limits() throws -> [Int?] {
        guard let maxConcurrency else { return [nil] }
        return try maxConcurrency.commaSeparated.map { part in
            guard let limit = Int(part) else {
                throw EngineError(
                    "--max-concurrency: must be an integer or comma-separated integers, got '\(maxConcurrency)'")
            }
            return try checked(limit, in: 1...65_536, "--max-concurrency")
        }
    }
}
