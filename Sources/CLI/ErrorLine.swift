import ArgumentParser
import AsyncHTTPClient
import ModelStore
import NIOCore
import Needletail
import Support

/// The line on standard error that a command ends with if it fails.
package enum ErrorLine {
    /// The text of an error in one line, whichever part of the program threw it.
    package static func text(_ error: any Error) -> String {
        let text: String
        switch error {
        case let error as EngineError: text = error.description
        case let error as RequestError: text = error.description
        case let error as FileError: text = error.description
        case is HTTPClientError, is IOError:
            text = "the connection to the server failed: \(NetworkFailure.reason(error))"
        default: text = ErrorText.systemReason(error) ?? NeedletailCommand.message(for: error)
        }
        return text.split(separator: "\n").joined(separator: " ")
    }
}
