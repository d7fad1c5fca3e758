import HTTPTypes
import Needletail

/// `GET /health`: 200 while every engine can serve, else 503.
struct Health: Route {
    let path = "/health"
    let operation = Operation(summary: "Whether the engines can serve.", answer: .empty)

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .empty(services.models.all.allSatisfy(\.isHealthy) ? .ok : .serviceUnavailable)
    }
}

/// `/ping`: the same under the name that hosting services ask for.
struct Ping: Route {
    let method: HTTPRequest.Method
    let path = "/ping"

    init(_ method: HTTPRequest.Method) { self.method = method }
    let operation = Operation(summary: "Whether the engines can serve.", answer: .empty)

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        try await Health().respond(to: request, services)
    }
}
