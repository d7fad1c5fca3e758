import EngineTypes
import HTTPTypes
import Hummingbird
import NIOCore
import Support

/// Handles one HTTP method of one path. `RouteTable` lists all routes.
protocol Route: Sendable {
    var method: HTTPRequest.Method { get }
    var path: String { get }
    /// Whether its requests run the model, which `/load` counts.
    var countsAsLoad: Bool { get }

    /// The format of its errors.
    var errorShape: ErrorShape { get }
    /// Its entry in `/openapi.json`.
    var operation: Operation { get }

    /// Returns the answer as a value. A thrown `RequestError` or `ErrorResponse` becomes an error answer.
    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse
}

extension Route {
    var method: HTTPRequest.Method { .get }
    var countsAsLoad: Bool { false }
    var errorShape: ErrorShape { .openAI }
}

/// A request as its route sees it.
struct RouteRequest: Sendable {
    let body: RouteBody
    let connection: Connection?
    /// Sender of the request; nil for one from within this process.
    var caller: Caller?
    /// Threads for long synchronous work.
    let workers: WorkPool
    /// Path parameters by the names that stand in braces in the route's path.
    var parameters: [String: String] = [:]
    /// Query parameters.
    var query = Fields(JSONObject())
    /// Collects the request's log note and id.
    let record = AccessRecord()
    /// The request's id: its `X-Request-Id`, or a generated one.
    var id = ""
    /// Whether the id is the client's `X-Request-Id`.
    var hasOwnID = false

    /// Reads the body as a JSON object and applies `job` to it on a worker thread: parsing, rendering and tokenising
    /// take time in proportion to the body's size, which would block the threads that all requests share.
    func prepare<Value: Sendable>(_ job: @escaping @Sendable (Fields) throws -> Value) async throws -> Value {
        switch body {
        case .incoming(let incoming):
            let bytes = try await incoming.collect()
            return try await run(byteCount: bytes.readableBytes) { try job(fields(IncomingBody.object(bytes))) }
        case .parsed(let object):
            let byteCount = JSONValue.object(object).approximateByteCount
            return try await run(byteCount: byteCount) { try job(fields(object)) }
        }
    }

    /// Runs a job on a worker thread unless nobody waits for its result any more.
    private func run<Value: Sendable>(
        byteCount: Int, _ job: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await workers.run(.init(byteCount: byteCount)) {
            if connection?.isClosed ?? false { throw CancellationError() }
            if workers.isStopping { throw RequestError.shutDown }
            return try job()
        }
    }

    /// The body's fields, with the request's id. An `X-Request-Id` takes precedence over the body's `request_id`.
    private func fields(_ body: JSONObject) -> Fields {
        var object = body
        if hasOwnID || object["request_id"]?.isNull ?? true { object["request_id"] = .string(id) }
        if let own = object["request_id"]?.stringValue, AnswerHead.isUsable(id: own) { record.requestID = own }
        return Fields(object)
    }
}

/// The answer of a route.
enum RouteResponse: Sendable {
    case json(JSONValue, status: HTTPResponse.Status = .ok)
    case text(String, contentType: String)
    case empty(HTTPResponse.Status)
    /// Server-sent events. If the request fails, the error is sent as an event before the stream ends.
    case events(any EventSource)

    var status: HTTPResponse.Status {
        switch self {
        case .json(_, let status), .empty(let status): status
        case .text, .events: .ok
        }
    }

    /// Builds the HTTP response. `ended` is called when the answer is complete, with the error if a stream failed.
    func response(
        _ workers: WorkPool, _ errorShape: ErrorShape, ended: @escaping @Sendable (ErrorResponse?) -> Void
    ) async -> Response {
        switch self {
        case .json(let value, let status):
            let text = await workers.serialize(value)
            ended(nil)
            return Response(json: text, status: status)
        case .text(let text, let contentType):
            ended(nil)
            return Response(
                status: .ok, headers: [.contentType: contentType],
                body: .inPieces(ByteBuffer(string: text)))
        case .empty(let status):
            ended(nil)
            return Response(status: status)
        case .events(let source):
            return Response(
                status: .ok, headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache"],
                body: ResponseBody { writer in
                    var events = EventWriter(writer, source.framing, workers)
                    do {
                        try await source.send(to: &events)
                        ended(nil)
                    } catch let error as RequestError {
                        ended(ErrorResponse(error))
                        try await events.send(ErrorResponse(error).json(errorShape))
                    } catch {
                        ended(ErrorResponse(RequestError(.cancelled, "the client closed the connection")))
                        throw error
                    }
                    try await events.finish()
                })
        }
    }
}

extension Response {
    init(json text: String, status: HTTPResponse.Status) {
        self.init(
            status: status, headers: [.contentType: "application/json"], body: .inPieces(ByteBuffer(string: text)))
    }
}
