import EngineTypes
import Hummingbird
package import Logging
import NIOCore
package import Support

/// The routes for requests from a file, without HTTP.
package struct BatchResponder: Sendable {
    private let services: ServerServices

    package init(models: ServedModels, registry: PrometheusRegistry, log: Logger) {
        services = ServerServices(models: models, options: ServerOptions(), registry: registry, log: log)
    }

    /// The paths that a batch may name.
    private static let paths = ["/v1/completions", "/v1/chat/completions", "/v1/responses"]

    /// The status and the body that the server would answer with.
    package func respond(to body: JSONObject, path: String, id: String) async -> (status: Int, body: JSONValue) {
        let route = services.routes.first { $0.path == path && $0.method == .post }
        guard let route, Self.paths.contains(path) else {
            let allowed = Self.paths.joined(separator: ", ")
            let error = ErrorResponse(RequestError.invalid("url", "must be one of \(allowed), got \"\(path)\""))
            return (error.status.code, error.json(.openAI))
        }
        let text = JSONValue.object(body).serialized
        var request = RouteRequest(
            body: RequestBody(buffer: ByteBuffer(string: text)), contentLength: nil, maxBodyByteCount: .max,
            connection: nil, workers: services.workers)
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
