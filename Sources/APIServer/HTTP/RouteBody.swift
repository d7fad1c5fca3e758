import EngineTypes
import Hummingbird
import NIOCore
import Support

/// The body of a request as its route gets it.
enum RouteBody: Sendable {
    /// Bytes that arrive on a connection.
    case incoming(IncomingBody)
    /// A JSON object that this process has parsed already.
    case parsed(JSONObject)
}

/// A body that arrives on a connection.
struct IncomingBody: Sendable {
    let bytes: RequestBody
    /// The length that the request's head declares.
    let contentLength: Int?
    /// Maximum length; a longer body is an error.
    let maxByteCount: Int

    /// Waits for the whole body.
    func collect() async throws -> ByteBuffer {
        if let contentLength, contentLength > maxByteCount { throw ErrorResponse.bodyTooLarge(limit: maxByteCount) }
        do {
            return try await bytes.collect(upTo: maxByteCount)
        } catch is NIOTooManyBytesError {
            throw ErrorResponse.bodyTooLarge(limit: maxByteCount)
        }
    }

    /// Parses a collected body.
    static func object(_ bytes: ByteBuffer) throws(RequestError) -> JSONObject {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: Array(bytes.readableBytesView))
        } catch {
            throw RequestError(.invalidParameter, "the body is not valid JSON: \(error)")
        }
        guard let object = value.objectValue else {
            throw RequestError(.invalidParameter, "the body must be a JSON object, got \(value.typeName)")
        }
        return object
    }
}
