import HTTPTypes
import Hummingbird

/// Lets pages of other origins read answers (Fetch standard, section 3.2).
struct CORS: RouterMiddleware {
    let options: CORSOptions

    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin] else { return try await next(request, context) }
        let isPreflight = request.method == .options && request.headers[.accessControlRequestMethod] != nil
        guard let allowed = allowedOrigin(origin) else {
            guard isPreflight else { return try await next(request, context) }
            return ErrorResponse(
                .badRequest, "BadRequestError", "the origin '\(origin)' is not allowed (--allowed-origins)"
            ).response()
        }
        var response = isPreflight ? Response(status: .ok) : try await next(request, context)
        response.headers[.accessControlAllowOrigin] = allowed
        if allowed != "*" { response.headers[.vary] = "Origin" }
        if options.allowsCredentials { response.headers[.accessControlAllowCredentials] = "true" }
        guard isPreflight else {
            response.headers[.accessControlExposeHeaders] = "X-Request-Id"
            return response
        }
        response.headers[.accessControlAllowMethods] = list(options.methods, request, .accessControlRequestMethod)
        response.headers[.accessControlAllowHeaders] = list(options.headers, request, .accessControlRequestHeaders)
        response.headers[.accessControlMaxAge] = "600"
        return response
    }

    /// The `Access-Control-Allow-Origin` value, or nil if refused. Browsers accept `*` only for requests without
    /// credentials.
    private func allowedOrigin(_ origin: String) -> String? {
        if options.origins.contains("*") { return options.allowsCredentials ? origin : "*" }
        return options.origins.contains(origin) ? origin : nil
    }

    /// The value of an allow header: the allowed names, or whatever the request asks for if all are allowed.
    private func list(_ allowed: [String], _ request: Request, _ asked: HTTPField.Name) -> String? {
        allowed.contains("*") ? request.headers[asked] : allowed.joined(separator: ", ")
    }
}
