import AsyncHTTPClient
import NIOCore
import NIOPosix
import Support

/// What messages say of a request that failed on the network.
package enum NetworkFailure {
    /// The reason in one line, without names of types.
    package static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .deadlineExceeded || error == .connectTimeout:
            return "no answer in time"
        case let error as HTTPClientError: return error.shortDescription
        case let error as IOError: return ErrorText.system(error.errnoCode)
        case let error as NIOConnectionError:
            guard let failure = error.connectionErrors.first else { return "the host '\(error.host)' is not known" }
            return reason(failure.error)
        default: return ErrorText.reason(error)
        }
    }
}
