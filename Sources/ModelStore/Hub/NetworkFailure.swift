import AsyncHTTPClient
import NIOCore
import NIOPosix
import Support

/// Describes failed network requests in messages.
package enum NetworkFailure {
    /// The reason of a failure in one line, without type names.
    package static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout:
            return "no response in time"
        case let error as HTTPClientError: return error.shortDescription
        case let error as IOError: return ErrorText.system(error.errnoCode)
        case let error as NIOConnectionError:
            guard let failure = error.connectionErrors.first else { return "the host '\(error.host)' is not known" }
            return reason(failure.error)
        default: return ErrorText.reason(error)
        }
    }
}
