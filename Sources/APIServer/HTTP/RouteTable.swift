import HTTPTypes
import Hummingbird

/// Lists all routes; a new route is added here.
enum RouteTable {
    private static let always: [any Route] = [
        Completions(), ChatCompletions(), CreateResponse(), RetrieveResponse(), CancelResponse(), Messages(),
        CountTokens(), Invocations(), Models(), Tokenize(), Detokenize(), Health(), Ping(.get), Ping(.post),
        VersionRoute(), Load(),
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
    /// Names of the path parameters: the parts in braces.
    var parameterNames: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    fileprivate func matches(_ path: String) -> Bool {
        let (own, other) = (self.path.split(separator: "/"), path.split(separator: "/"))
        return own.count == other.count && zip(own, other).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
    }
}

/// Answers requests that match no route. If keys are required, they are for unknown paths too.
private struct UnknownPaths: RouterMiddleware {
    let services: ServerServices

    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let path = services.options.withoutRoot(request.uri.path)
            let routes = services.routes.filter { $0.matches(path) }
            return refusal(request, path, routes).response(routes.first?.errorShape ?? .openAI)
        }
    }

    private func refusal(_ request: Request, _ path: String, _ routes: [any Route]) -> ErrorResponse {
        // Browsers send preflight requests without a key.
        if request.method != .options, !services.keys.isEmpty, routes.allSatisfy(services.isGuarded) {
            do throws(ErrorResponse) { try services.keys.check(request.headers) } catch { return error }
        }
        guard !routes.isEmpty else {
            return ErrorResponse(.notFound, "NotFoundError", "no route matches \(request.method) \(path)")
        }
        let methods = routes.map(\.method.rawValue).joined(separator: ", ")
        var error = ErrorResponse(
            .methodNotAllowed, "BadRequestError", "\(path) allows \(methods), got \(request.method)")
        error.headers[.allow] = methods
        return error
    }
}

extension ServerOptions {
    /// Removes the root path from the beginning of `path`, if it is there.
    fileprivate func withoutRoot(_ path: String) -> String {
        !rootPath.isEmpty && path.hasPrefix(rootPath + "/") ? String(path.dropFirst(rootPath.count)) : path
    }
}
