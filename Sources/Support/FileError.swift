internal import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The system refused an operation on a file.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    package let path: String
    /// The message of the system, such as `No such file or directory`.
    package let reason: String

    package init(path: String, code: Int32) {
        self.path = path
        reason = ErrorText.system(code)
    }

    package var description: String { "\(path): \(reason)" }
}

/// Describes errors of the system and of other libraries in one line.
package enum ErrorText {
    /// The system's message for an error number.
    package static func system(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

    /// The reason of an error in one line; for an error of the system, its message.
    package static func reason(_ error: any Error) -> String {
        systemReason(error) ?? "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// The system's message for an error of files or of the system; nil for any other error.
    package static func systemReason(_ error: any Error) -> String? {
        (error as? FileError)?.reason ?? systemCode(error).map(system)
    }

    private static func systemCode(_ error: any Error) -> Int32? {
        if let error = error as? POSIXError { return error.code.rawValue }
        guard let error = error as? CocoaError else { return nil }
        if let underlying = error.underlying as? POSIXError { return underlying.code.rawValue }
        switch error.code {
        case .fileNoSuchFile, .fileReadNoSuchFile: return ENOENT
        case .fileReadNoPermission, .fileWriteNoPermission: return EACCES
        case .fileWriteFileExists: return EEXIST
        case .fileWriteOutOfSpace: return ENOSPC
        case .fileWriteVolumeReadOnly: return EROFS
        default: return nil
        }
    }
}
