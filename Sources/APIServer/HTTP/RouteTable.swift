import HTTPTypes
import Hummingbird

/// All routes; a new one gets a line here.
enum RouteTable {
    static let routes: [any Route] = [
        Completions(), ChatCompletions(), Messages(), CountTokens(), Models(), Tokenize(), Detokenize(), Health(),
        Ping(.get), Ping(.post),
        VersionRoute(), Load(), MetricsRoute(),
    ]

    static func router(_ services: ServerServices) -> Router<ServerContext> {
        let router = Router(context: ServerContext.self)
        router.add(middleware: UnknownPaths(services: services))
        for route in routes {
            let responder = RouteResponder(route: route, services: services)
            router.on(RouterPath(route.path), method: route.method) { request, context in
                await responder.respond(to: request, context)
            }
        }
        return router
    }

    /// Methods that a path knows.
    static func methods(of path: String) -> [String] {
        routes.filter { $0.matches(path) }.map(\.method.rawValue)
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
            let path = request.uri.path
            let methods = RouteTable.methods(of: path)
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
