import EngineTypes
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Support
import Synchronization

/// What Hummingbird hands along with a request.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// The connection that the request came on.
    var connection: Connection? {
        get async {
            let channel = channel
            return try? await channel.eventLoop.submit {
                try channel.pipeline.syncOperations.handler(type: ConnectionGuard.self).connection
            }.get()
        }
    }
}

/// What the log and the metrics say of a request.
final class RequestRecord: Sendable {
    private let note = Mutex("")
    private let ownID = Mutex<String?>(nil)

    /// The name that the body gives the request.
    var requestID: String? {
        get { ownID.withLock { $0 } }
        set { ownID.withLock { $0 = newValue } }
    }

    func say(_ text: String) { note.withLock { $0 = text } }

    var text: String { note.withLock { $0 } }
}

/// Calls back once: with the status that a request ended with, or that its client went before the answer was written.
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

/// What every route has in common: key, load, errors, metrics and log.
struct RouteResponder: Sendable {
    let route: any Route
    let services: ServerServices

    func respond(to request: Request, _ context: ServerContext) async -> Response {
        let start = MonotonicClock.seconds
        var routed = RouteRequest(
            body: request.body, contentLength: request.headers[.contentLength].flatMap { Int($0) },
            maxBodyByteCount: services.options.maxBodyByteCount, connection: await context.connection,
            workers: services.workers)
        routed.caller = routed.connection.map { .connection($0.number) }
        routed.query = Fields(query: request.uri.queryParameters)
        // A proxy's name that cannot be part of an id is no reason to refuse the request.
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
    /// What a client is told of an error.
    func errorResponse(_ error: any Error, _ route: any Route) -> ErrorResponse {
        switch error {
        case let error as ErrorResponse: return error
        case let error as RequestError: return ErrorResponse(error)
        case is CancellationError: return ErrorResponse(RequestError(.cancelled, "the client went away"))
        default:
            log.error("\(route.method.rawValue) \(route.path): \(error)")
            return ErrorResponse(.internalServerError, "InternalServerError", "the request could not be read: \(error)")
        }
    }
}
