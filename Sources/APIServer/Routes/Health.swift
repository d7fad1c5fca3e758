import HTTPTypes
import Needletail

/// `GET /health`: 200 while every engine is healthy, otherwise 503.
struct Health: Route {
    let path = "/health"
    let operation = Operation(summary: "Report whether every engine is healthy.", answer: .empty)

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .empty(services.models.all.allSatisfy(\.isHealthy) ? .ok : .serviceUnavailable)
    }
}

/// `GET /ping` and `POST /ping`: `/health` under the name that hosting services expect.
struct Ping: Route {
    let method: HTTPRequest.Method
    let path = "/ping"

    init(_ method: HTTPRequest.Method) { self.method = method }
    let operation = Operation(summary: "Report whether every engine is healthy.", answer: .empty)

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        try await Health().respond(to: request, services)
    }
}
