import EngineTypes
import HTTPTypes
import Needletail
import Support

/// A route whose requests `/invocations` accepts too.
protocol InvocationRoute: Route {
    /// The body field that identifies its requests among those of `/invocations`.
    static var invocationField: String { get }

    /// Reads the body's fields and starts the generation.
    func prepare(_ fields: Fields, _ caller: Caller?, _ services: ServerServices) throws -> PreparedAnswer
}

extension InvocationRoute {
    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        try await request.respond(with: request.prepare { fields in try prepare(fields, request.caller, services) })
    }
}

/// `POST /invocations`: passes the request to the route that its body is meant for. Hosting services use this name.
struct Invocations: Route {
    let method = HTTPRequest.Method.post
    let path = "/invocations"
    let countsAsLoad = true
    let operation = Operation(
        summary: "Create a chat completion or completions, depending on the body.",
        request: .any(RequestSchemas.chat, RequestSchemas.completion),
        answer: .jsonOrEvents(.any(AnswerSchemas.chat, AnswerSchemas.completion)))

    /// Candidate routes; the first whose field is present answers.
    private static let targets: [any InvocationRoute] = [ChatCompletions(), Completions()]

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        let prepared = try await request.prepare { fields in
            guard let target = Self.targets.first(where: { fields[type(of: $0).invocationField] != nil }) else {
                let allowed = Self.targets.map { "'\(type(of: $0).invocationField)' (as for \($0.path))" }
                throw RequestError(.invalidParameter, "the body must have \(allowed.joined(separator: " or "))")
            }
            return try target.prepare(fields, request.caller, services)
        }
        return try await request.respond(with: prepared)
    }
}
