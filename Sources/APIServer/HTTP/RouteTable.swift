import HTTPTypes
import Hummingbird

/// All routes; a new one gets a line here.
enum RouteTable {
    private static let always: [any Route] = [
        Completions(), ChatCompletions(), CreateResponse(), RetrieveResponse(), CancelResponse(), Messages(),
        CountTokens(), Models(), Tokenize(), Detokenize(), Health(), Ping(.get), Ping(.post), VersionRoute(), Load(),
        MetricsRoute(), ChatPage(),
    ]
    private static let development: [any Route] = [ResetPrefixCache(), ServerInfo(), Pause(), Resume(), IsPaused()]

    static func routes(_ options: ServerOptions) -> [any Route] {
        always + (options.hasDocs ? [OpenAPIRoute(), DocsPage()] : [])
            + (options.hasTokenizerInfo ? [TokenizerInfo()] : []) + (options.hasDevelopmentRoutes ? development : [])
    }

    static func router(_ services: ServerServices) -> Router<ServerContext> {
        let router = Router(context: ServerContext.self)
        router.add(middleware: CORS(options: services.options.cors))
        router.add(middleware: UnknownPaths(services: services))
        for route in services.routes {
            let responder = RouteResponder(route: route, services: services)
            for prefix in Set(["", services.options.rootPath]) {
                router.on(RouterPath(prefix + route.path), method: route.method) { request, context in
                    await responder.respond(to: request, context)
                }
            }
        }
        return router
    }
}

extension Route {
    /// The names in braces in the path.
    var parameterNames: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    fileprivate func matches(_ path: String) -> Bool {
        let (own, other) = (self.path.split(separator: "/"), path.split(separator: "/"))
        return own.count == other.count && zip(own, other).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
    }
}

/// Answers for what no route takes.
private struct UnknownPaths: RouterMiddleware {
    let services: ServerServices

    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let root = services.options.rootPath
            let full = request.uri.path
            let path = !root.isEmpty && full.hasPrefix(root + "/") ? String(full.dropFirst(root.count)) : full
            let methods = services.routes.filter { $0.matches(path) }.map(\.method.rawValue)
            guard !methods.isEmpty else {
                return ErrorResponse(.notFound, "NotFoundError", "there is no route \(request.method) \(path)")
                    .response()
            }
            var error = ErrorResponse(
                .methodNotAllowed, "BadRequestError",
                "\(path) takes \(methods.joined(separator: ", ")), got \(request.method)")
            error.headers[.allow] = methods.joined(separator: ", ")
            return error.response()
        }
    }
}
