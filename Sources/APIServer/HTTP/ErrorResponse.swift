import EngineTypes
import HTTPTypes
import Hummingbird
import Support

/// An error answer: the status, and the contents of the JSON body in OpenAI's or Anthropic's format.
struct ErrorResponse: Error, Sendable {
    var status: HTTPResponse.Status
    var type: String
    var message: String
    var parameter: String?
    var headers = HTTPFields()

    init(_ status: HTTPResponse.Status, _ type: String, _ message: String, parameter: String? = nil) {
        self.status = status
        self.type = type
        self.message = message
        self.parameter = parameter
    }

    /// Maps every kind of `RequestError` to its status; nothing else does.
    init(_ error: RequestError) {
        switch error.code {
        case .invalidParameter, .contextLengthExceeded: self.init(.badRequest, "BadRequestError", "\(error)")
        case .notFound: self.init(.notFound, "NotFoundError", "\(error)")
        case .overloaded:
            self.init(.serviceUnavailable, "ServiceUnavailableError", "\(error)")
            headers[.retryAfter] = "1"
        case .modelFailure: self.init(.internalServerError, "InternalServerError", "\(error)")
        case .engineDead: self.init(.serviceUnavailable, "ServiceUnavailableError", "\(error)")
        case .cancelled: self.init(.clientClosedRequest, "CancelledError", "\(error)")
        }
        parameter = error.parameter
    }

    static func bodyTooLarge(limit: Int) -> ErrorResponse {
        ErrorResponse(.contentTooLarge, "BadRequestError", "the request body exceeds the limit of \(limit) bytes")
    }

    func json(_ shape: ErrorShape) -> JSONValue {
        guard shape == .openAI else { return anthropicJSON }
        return [
            "error": [
                "message": .string(message), "type": .string(type), "param": parameter.map { .string($0) } ?? .null,
                "code": .integer(status.code),
            ]
        ]
    }

    private var anthropicJSON: JSONValue {
        let types = [
            400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error",
            413: "request_too_large", 503: "overloaded_error",
        ]
        return [
            "type": "error",
            "error": ["type": .string(types[status.code] ?? "api_error"), "message": .string(message)],
        ]
    }

    func response(_ shape: ErrorShape = .openAI) -> Response {
        var response = Response(json: json(shape).serialized, status: status)
        response.headers.append(contentsOf: headers)
        return response
    }
}

/// The API whose format an error's JSON follows.
enum ErrorShape: Sendable { case openAI, anthropic }

extension HTTPResponse.Status {
    /// Status in logs and metrics of a request whose client closed the connection.
    static let clientClosedRequest = HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request")
}
