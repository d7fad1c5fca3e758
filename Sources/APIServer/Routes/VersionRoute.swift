import Needletail
import Support

/// `GET /version`: the server's version.
struct VersionRoute: Route {
    let path = "/version"
    let operation = Operation(
        summary: "Return the server's version.", answer: .json(.object(["version": .string], required: ["version"])))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .json(["version": .string(needletailVersion)])
    }
}
