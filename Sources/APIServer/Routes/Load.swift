import Support
import Synchronization

/// `GET /load`: requests for model work that have no answer yet.
struct Load: Route {
    let path = "/load"
    let operation = Operation(
        summary: "Requests without an answer yet.",
        answer: .json(.object(["server_load": .integer], required: ["server_load"])))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .json(["server_load": .integer(services.load.load(ordering: .relaxed))])
    }
}
