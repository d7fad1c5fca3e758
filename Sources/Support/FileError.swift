internal import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that the system refuses.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    package let path: String
    /// What the system says, such as `No such file or directory`.
    package let reason: String

    package init(path: String, code: Int32) {
        self.path = path
        reason = ErrorText.system(code)
    }

    package var description: String { "\(path): \(reason)" }
}

/// What messages say of errors that come from elsewhere.
package enum ErrorText {
    /// The system's words for an error number.
    package static func system(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

    /// The reason of an error in one line: the system's words where it comes from the system.
    package static func reason(_ error: any Error) -> String {
        systemReason(error) ?? "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// The system's words for an error of files or of the system; nil for any other error.
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
