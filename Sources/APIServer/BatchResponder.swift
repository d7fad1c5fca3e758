import EngineTypes
import HTTPTypes
package import Logging
package import Support

/// Answers the requests of a batch file through the server's routes, without HTTP.
package struct BatchResponder: Sendable {
    private let services: ServerServices

    package init(models: ServedModels, registry: PrometheusRegistry, log: Logger) {
        services = ServerServices(models: models, options: ServerOptions(), registry: registry, log: log)
    }

    /// Values that a batch request's `url` may have.
    private static let paths = ["/v1/completions", "/v1/chat/completions", "/v1/responses"]

    /// Returns the status and body that the server would send. `id` is the request's id unless `body` has a
    /// `request_id`.
    package func respond(to body: JSONObject, path: String, id: String) async -> (status: Int, body: JSONValue) {
        let route = services.routes.first { $0.path == path && $0.method == .post }
        guard let route, Self.paths.contains(path) else {
            let allowed = Self.paths.joined(separator: ", ")
            let error = ErrorResponse(RequestError.invalid("url", "must be one of \(allowed), got \"\(path)\""))
            return (error.status.code, error.json(.openAI))
        }
        var request = RouteRequest(body: .parsed(body), connection: nil, workers: services.workers)
        request.id = id
        do {
            for name in ["stream", "background"] where ![nil, .null, false].contains(body[name]) {
                throw RequestError.invalid(name, "must be false in a batch")
            }
            guard case .json(let answer, let status) = try await route.respond(to: request, services) else {
                preconditionFailure("\(path) answers with JSON")
            }
            return (status.code, answer)
        } catch {
            let answer = services.errorResponse(error, route)
            return (answer.status.code, answer.json(.openAI))
        }
    }
}
