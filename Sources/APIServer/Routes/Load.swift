import Support
import Synchronization

/// `GET /load`: requests for model work that have no answer yet.
struct Load: Route {
    let path = "/load"

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .json(["server_load": .integer(services.load.load(ordering: .relaxed))])
    }
}
