import Support
import Synchronization

/// `GET /load`: the number of model requests that have not been answered yet.
struct Load: Route {
    let path = "/load"
    let operation = Operation(
        summary: "Count the requests that have not been answered yet.",
        answer: .json(.object(["server_load": .integer], required: ["server_load"])))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .json(["server_load": .integer(services.load.load(ordering: .relaxed))])
    }
}
