import Needletail
import Support

/// `GET /version`.
struct VersionRoute: Route {
    let path = "/version"
    let needsKey = false

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .json(["version": .string(needletailVersion)])
    }
}
