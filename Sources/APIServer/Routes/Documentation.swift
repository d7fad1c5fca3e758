import HTTPTypes
import Support

/// `GET /openapi.json`: the OpenAPI description of all routes.
struct OpenAPIRoute: Route {
    let path = "/openapi.json"
    let operation = Operation(summary: "Return this OpenAPI description.")

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .json(OpenAPIDocument.json(services))
    }
}

/// `GET /docs`: a web page that lists the routes.
struct DocsPage: Route {
    let path = "/docs"
    let operation = Operation(summary: "Show the routes as a web page.", answer: .text(contentType: "text/html"))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .text(String(decoding: PackageResources.docs_html, as: UTF8.self), contentType: "text/html; charset=utf-8")
    }
}

/// `GET /`: a web page to chat with the served models.
struct ChatPage: Route {
    let path = "/"
    let operation = Operation(summary: "Show a chat page.", answer: .text(contentType: "text/html"))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .text(String(decoding: PackageResources.chat_html, as: UTF8.self), contentType: "text/html; charset=utf-8")
    }
}
