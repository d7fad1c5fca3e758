import HTTPTypes
import Support

/// `GET /openapi.json`: all routes, for programs.
struct OpenAPIRoute: Route {
    let path = "/openapi.json"
    let operation = Operation(summary: "This description.")

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .json(OpenAPIDocument.json(services))
    }
}

/// `GET /docs`: the same for people.
struct DocsPage: Route {
    let path = "/docs"
    let operation = Operation(summary: "The routes, as a page.", answer: .text(contentType: "text/html"))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .text(String(decoding: PackageResources.docs_html, as: UTF8.self), contentType: "text/html; charset=utf-8")
    }
}

/// `GET /`: a page to chat with the served models.
struct ChatPage: Route {
    let path = "/"
    let operation = Operation(summary: "A page to chat on.", answer: .text(contentType: "text/html"))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .text(String(decoding: PackageResources.chat_html, as: UTF8.self), contentType: "text/html; charset=utf-8")
    }
}
