import EngineTypes
import HTTPTypes
import Hummingbird
import NIOCore
import Support

/// One method of one path. A file a route; `RouteTable` lists them.
protocol Route: Sendable {
    var method: HTTPRequest.Method { get }
    var path: String { get }
    /// Whether it does model work, which `/load` counts.
    var countsAsLoad: Bool { get }

    /// The shape of its errors.
    var errorShape: ErrorShape { get }
    /// What `/openapi.json` says of it.
    var operation: Operation { get }

    /// The answer, as a value. Throws `RequestError` or `ErrorResponse` for an error's.
    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse
}

extension Route {
    var method: HTTPRequest.Method { .get }
    var countsAsLoad: Bool { false }
    var errorShape: ErrorShape { .openAI }
}

/// A request on its route.
struct RouteRequest: Sendable {
    let body: RequestBody
    let contentLength: Int?
    let maxBodyByteCount: Int
    let connection: Connection?
    /// Nil for a request of this process.
    var caller: Caller?
    /// Where what takes long is done.
    let workers: WorkPool
    /// What stands in the path for the names in braces.
    var parameters: [String: String] = [:]
    /// What stands after the path's question mark.
    var query = Fields(JSONObject())
    /// What the log shall say of the request.
    let record = RequestRecord()
    /// What the request is called: its `X-Request-Id`, or a name made up here.
    var id = ""
    /// Whether the client made the name.
    var hasOwnID = false

    /// Reads the body as a JSON object and makes something of it, away from the threads that all requests share: parsing,
    /// rendering and tokenising take as long as the body is large.
    func prepare<Value: Sendable>(_ body: @escaping @Sendable (Fields) throws -> Value) async throws -> Value {
        let bytes = try await collectBody()
        return try await workers.run(.init(byteCount: bytes.readableBytes)) {
            if connection?.isClosed ?? false { throw CancellationError() }
            if workers.isStopping { throw RequestError.shutDown }
            return try body(fields(bytes))
        }
    }

    private func collectBody() async throws -> ByteBuffer {
        if let contentLength, contentLength > maxBodyByteCount {
            throw ErrorResponse.bodyTooLarge(limit: maxBodyByteCount)
        }
        do {
            return try await body.collect(upTo: maxBodyByteCount)
        } catch is NIOTooManyBytesError {
            throw ErrorResponse.bodyTooLarge(limit: maxBodyByteCount)
        }
    }

    /// The name in the headers counts before one in the body.
    private func fields(_ bytes: ByteBuffer) throws -> Fields {
        do {
            let value = try JSONValue(parsing: Array(bytes.readableBytesView))
            guard var object = value.objectValue else {
                throw RequestError(.invalidParameter, "the body must be a JSON object, got \(value.typeName)")
            }
            if hasOwnID || object["request_id"]?.isNull ?? true { object["request_id"] = .string(id) }
            if let own = object["request_id"]?.stringValue, AnswerHead.isUsable(id: own) { record.requestID = own }
            return Fields(object)
        } catch let error as JSONError {
            throw RequestError(.invalidParameter, "the body is not valid JSON: \(error)")
        }
    }
}

/// What a route answers.
enum RouteResponse: Sendable {
    case json(JSONValue, status: HTTPResponse.Status = .ok)
    case text(String, contentType: String)
    case empty(HTTPResponse.Status)
    /// Server-sent events; a request's error becomes the last but one.
    case events(any EventSource)

    var status: HTTPResponse.Status {
        switch self {
        case .json(_, let status), .empty(let status): status
        case .text, .events: .ok
        }
    }

    /// `ended` is called when the answer is written, with the error that ended events.
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
                        ended(ErrorResponse(RequestError(.cancelled, "the client went away")))
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
