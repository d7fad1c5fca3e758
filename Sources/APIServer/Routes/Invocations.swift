import EngineTypes
import HTTPTypes
import Needletail
import Support

/// A route whose requests `/invocations` takes too.
protocol InvocationRoute: Route {
    /// The field that only its requests have.
    static var invocationField: String { get }

    /// Starts what answers a request whose body was read.
    func prepare(_ fields: Fields, _ caller: Caller?, _ services: ServerServices) throws -> PreparedAnswer
}

extension InvocationRoute {
    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        try await request.respond(with: request.prepare { fields in try prepare(fields, request.caller, services) })
    }
}

/// `POST /invocations`: the route that the body is meant for, under the name that hosting services call.
struct Invocations: Route {
    let method = HTTPRequest.Method.post
    let path = "/invocations"
    let countsAsLoad = true
    let operation = Operation(
        summary: "Answer a conversation or continue texts, by what the body has.",
        request: .any(RequestSchemas.chat, RequestSchemas.completion),
        answer: .jsonOrEvents(.any(AnswerSchemas.chat, AnswerSchemas.completion)))

    /// The first whose field is there answers.
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
