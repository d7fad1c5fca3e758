import APIServer
import ArgumentParser
import EngineTypes
import Logging
import Needletail
import Support

/// `needletail run-batch`: answers the requests in a JSONL file.
struct RunBatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-batch", abstract: "Answer the requests in a JSONL file in OpenAI's batch format.",
        discussion: """
            Each input line is {"custom_id": ..., "method": "POST", "url": "/v1/chat/completions", "body": {...}}; \
            each output line has the same custom_id and the response. Requests that the output file already answers \
            are not run again.
            """)

    @OptionGroup var served: ServedModelArguments

    @Option(name: [.customShort("i"), .customLong("input-file")], help: "Input file with one request per line.")
    var input: String

    @Option(name: [.customShort("o"), .customLong("output-file")], help: "Output file with one answer per line.")
    var output: String

    @OptionGroup(title: "Engine") var engine: EngineArguments

    func run() async throws {
        let requests = try BatchRequest.read(input)
        let results = try BatchResults(path: output)
        let open = requests.filter { !results.finishedIDs.contains($0.id) }
        if open.count < requests.count {
            StandardError.write(
                "needletail: \(requests.count - open.count) of \(requests.count) requests are done already\n")
        }
        guard !open.isEmpty else { return }
        var options = try engine.options()
        // The file itself is the queue: its requests must not be refused as overloaded.
        options.maxQueuedRequests = EngineOptions.largestQueue
        let llm = try await LLM.load(served.path, options: options)
        let responder = BatchResponder(
            models: served.servedModels(llm), registry: PrometheusRegistry([]),
            log: Logger(label: "needletail"))
        let failureCount = try await answer(open, responder, results, inFlight: options.maxSequences)
        llm.shutdown()
        if failureCount > 0 {
            StandardError.write(
                "needletail: \(failureCount) of \(open.count) requests failed; the output file says why\n")
        }
    }

    /// Answers all requests, at most `inFlight` at a time. Returns the number that failed.
    private func answer(
        _ requests: [BatchRequest], _ responder: BatchResponder, _ results: BatchResults, inFlight: Int
    ) async throws -> Int {
        let progress = ProgressCounter("batch", total: requests.count, isShown: StandardError.isTerminal)
        defer { progress.finish() }
        var failureCount = 0
        try await withThrowingTaskGroup(of: BatchAnswer.self) { group in
            var rest = requests[...]
            func start() {
                guard let request = rest.popFirst() else { return }
                group.addTask { await request.answer(by: responder) }
            }
            for _ in 0..<inFlight { start() }
            while let answer = try await group.next() {
                // A 503 is not the fault of the request: leave it unanswered, so that a later run can try again.
                guard answer.status != 503 else {
                    throw EngineError("request '\(answer.id)' failed: \(answer.body.serialized)")
                }
                try results.append(answer)
                if answer.status != 200 { failureCount += 1 }
                progress.finishedOne()
                start()
            }
        }
        return failureCount
    }
}

/// One request of the input file.
struct BatchRequest: Sendable {
    let id: String
    let path: String
    let body: JSONObject

    /// Reads all requests in a file. Throws an error that names the first line that is not a request.
    static func read(_ path: String) throws(EngineError) -> [BatchRequest] {
        let bytes = try InputFile.read(path, flag: "--input-file")
        var requests: [BatchRequest] = []
        var ids: Set<String> = []
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            func mistake(_ what: String) -> EngineError {
                EngineError("--input-file: \(path), line \(index + 1): \(what)")
            }
            let value: JSONValue
            do throws(JSONError) { value = try JSONValue(parsing: Array(line)) } catch { throw mistake("\(error)") }
            guard let id = value["custom_id"]?.stringValue else { throw mistake("custom_id must be a string") }
            guard ids.insert(id).inserted else { throw mistake("custom_id \"\(id)\" appears a second time") }
            guard value["method"] == "POST" else { throw mistake("method must be POST") }
            guard let url = value["url"]?.stringValue else { throw mistake("url must be a string") }
            guard let body = value["body"]?.objectValue else { throw mistake("body must be an object") }
            requests.append(BatchRequest(id: id, path: url, body: body))
        }
        return requests
    }

    func answer(by responder: BatchResponder) async -> BatchAnswer {
        let requestID = String(UInt64.random(in: 1 << 60...UInt64.max), radix: 16)
        let answer = await responder.respond(to: body, path: path, id: requestID)
        return BatchAnswer(id: id, requestID: requestID, status: answer.status, body: answer.body)
    }
}

/// One answer in the output file.
struct BatchAnswer: Sendable {
    let id: String
    let requestID: String
    let status: Int
    let body: JSONValue

    var json: JSONValue {
        [
            "id": .string("batch_req_" + requestID), "custom_id": .string(id),
            "response": [
                "status_code": .integer(status), "request_id": .string(requestID), "body": body,
            ],
            "error": status == 200 ? .null : (body["error"] ?? .null),
        ]
    }
}
