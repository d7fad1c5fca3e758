import Needletail
import Support

/// `GET /version`.
struct VersionRoute: Route {
    let path = "/version"
    let operation = Operation(
        summary: "The server's version.", answer: .json(.object(["version": .string], required: ["version"])))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .json(["version": .string(needletailVersion)])
    }
}
