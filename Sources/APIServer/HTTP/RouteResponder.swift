import EngineTypes
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Support
import Synchronization

/// Hummingbird's context of a request, with access to its connection.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// The connection on which the request arrived; nil if it is unknown.
    var connection: Connection? {
        get async {
            let channel = channel
            return try? await channel.eventLoop.submit {
                try channel.pipeline.syncOperations.handler(type: ConnectionGuard.self).connection
            }.get()
        }
    }
}

/// Details of a request that become known while it is answered: its log note and its id.
final class AccessRecord: Sendable {
    private let note = Mutex("")
    private let ownID = Mutex<String?>(nil)

    /// The request's id once its body is read: the client's `X-Request-Id` or `request_id`, or the generated one.
    var requestID: String? {
        get { ownID.withLock { $0 } }
        set { ownID.withLock { $0 = newValue } }
    }

    func say(_ text: String) { note.withLock { $0 = text } }

    var text: String { note.withLock { $0 } }
}

/// Calls back exactly once: with the request's final status, or with 499 if its client left before the answer was
/// written.
private final class RequestEnd: Sendable {
    private let body: @Sendable (HTTPResponse.Status) -> Void
    private let isReached = Atomic<Bool>(false)

    init(_ body: @escaping @Sendable (HTTPResponse.Status) -> Void) { self.body = body }

    deinit { reached(.clientClosedRequest) }

    func reached(_ status: HTTPResponse.Status) {
        if !isReached.exchange(true, ordering: .relaxed) { body(status) }
    }
}

extension HTTPField.Name {
    fileprivate static let xRequestID = Self("X-Request-Id")!
}

/// Wraps a route with everything that routes share: key check, load count, errors, metrics and log.
struct RouteResponder: Sendable {
    let route: any Route
    let services: ServerServices

    func respond(to request: Request, _ context: ServerContext) async -> Response {
        let start = MonotonicClock.seconds
        var routed = RouteRequest(
            body: .incoming(
                IncomingBody(
                    bytes: request.body, contentLength: request.headers[.contentLength].flatMap { Int($0) },
                    maxByteCount: services.options.maxBodyByteCount)),
            connection: await context.connection, workers: services.workers)
        routed.caller = routed.connection.map { .connection($0.number) }
        routed.query = Fields(query: request.uri.queryParameters)
        // An `X-Request-Id` that cannot be part of an id is ignored, not refused: a proxy may have set it.
        let ownID = request.headers[.xRequestID].flatMap { AnswerHead.isUsable(id: $0) ? $0 : nil }
        routed.hasOwnID = ownID != nil
        routed.id = ownID ?? AnswerHead.newID(prefix: "")
        for name in route.parameterNames { routed.parameters[name] = context.parameters.get(name) }
        if route.countsAsLoad { services.load.wrappingAdd(1, ordering: .relaxed) }
        let end = RequestEnd { [route, services, record = routed.record] status in
            if route.countsAsLoad { services.load.wrappingSubtract(1, ordering: .relaxed) }
            services.httpMetrics.record(route, status: status, seconds: MonotonicClock.seconds - start)
            guard services.options.logsRequests else { return }
            let milliseconds = Int(((MonotonicClock.seconds - start) * 1000).rounded())
            services.log.notice(
                "\(route.method.rawValue) \(route.path) \(status.code) in \(milliseconds) ms \(record.text)")
        }
        var response: Response
        do {
            if services.isGuarded(route) { routed.caller = try services.keys.check(request.headers) }
            let answer = try await route.respond(to: routed, services)
            response = await answer.response(services.workers, route.errorShape) { error in
                end.reached(error?.status ?? answer.status)
            }
        } catch {
            let answer = services.errorResponse(error, route)
            end.reached(answer.status)
            response = answer.response(route.errorShape)
        }
        response.headers[.xRequestID] = routed.record.requestID ?? routed.id
        return response
    }
}

extension ServerServices {
    /// Converts an error to the answer that the client gets. Logs unexpected errors.
    func errorResponse(_ error: any Error, _ route: any Route) -> ErrorResponse {
        switch error {
        case let error as ErrorResponse: return error
        case let error as RequestError: return ErrorResponse(error)
        case is CancellationError: return ErrorResponse(RequestError(.cancelled, "the client closed the connection"))
        default:
            log.error("\(route.method.rawValue) \(route.path): \(error)")
            return ErrorResponse(
                .internalServerError, "InternalServerError", "internal error; the server's log has the details")
        }
    }
}
