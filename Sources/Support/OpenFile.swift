#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An open file, pipe or device, for reading to its end or for writing in order.
package final class OpenFile: Sendable {
    package enum Access: Sendable {
        case reading
        /// Empties the file, or creates it.
        case writing
        /// Cuts the file off after `at` bytes, or creates it, and appends.
        case continuing(at: Int)
    }

    package let path: String
    private let descriptor: Int32

    /// Opens a path. `/dev/stdin`, `/dev/stdout`, `/dev/stderr` and `/dev/fd/N` mean the process's own descriptor,
    /// which may also be a socket.
    package init(_ path: String, _ access: Access) throws(FileError) {
        self.path = path
        let inherited = Self.inheritedDescriptor(path)
        descriptor = inherited.map { fcntl($0, F_DUPFD_CLOEXEC, 0) } ?? Self.open(path, access)
        guard descriptor >= 0 else { throw FileError(path: path, code: errno) }
        guard case .continuing(let offset) = access, !Self.isStream(path) else { return }
        guard ftruncate(descriptor, off_t(offset)) == 0, lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
            throw FileError(path: path, code: errno)
        }
    }

    deinit { close(descriptor) }

    static func withDescriptor<Result>(
        _ path: String, _ access: Access, _ body: (OpenFile) throws(FileError) -> Result
    ) throws(FileError) -> Result {
        try body(OpenFile(path, access))
    }

    /// Reads to the end, regardless of the size that the file reports.
    package func readToEnd() throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Self.retrying { platformRead(descriptor, &buffer) }
            guard count >= 0 else { throw FileError(path: path, code: errno) }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    package func write(_ bytes: some Sequence<UInt8>) throws(FileError) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = Self.retrying { platformWrite(descriptor, rest) }
            guard count >= 0 else { throw FileError(path: path, code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    /// Whether a path names a pipe, socket, device or descriptor, which can be read only once and written only in
    /// order.
    package static func isStream(_ path: String) -> Bool {
        var info = stat()
        guard inheritedDescriptor(path) == nil else { return true }
        guard unsafe stat(path, &info) == 0 else { return false }
        return info.st_mode & S_IFMT != S_IFREG && info.st_mode & S_IFMT != S_IFDIR
    }

    private static func inheritedDescriptor(_ path: String) -> Int32? {
        if path == "/dev/stdin" { return 0 }
        if path == "/dev/stdout" { return 1 }
        if path == "/dev/stderr" { return 2 }
        guard path.hasPrefix("/dev/fd/") else { return nil }
        return Int32(path.dropFirst("/dev/fd/".count))
    }

    private static func open(_ path: String, _ access: Access) -> Int32 {
        let flags =
            switch access {
            case .reading: O_RDONLY
            case .writing: O_WRONLY | O_CREAT | O_TRUNC
            case .continuing: O_WRONLY | O_CREAT
            }
        return Int32(retrying { platformOpen(path, flags | O_CLOEXEC) })
    }

    /// Repeats a system call that a signal interrupted.
    private static func retrying(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}

// Declared outside the class, where the bare names are the platform's.

private func platformOpen(_ path: String, _ flags: Int32) -> Int { unsafe Int(open(path, flags, 0o644)) }

private func platformRead(_ descriptor: Int32, _ buffer: inout [UInt8]) -> Int {
    unsafe buffer.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
}

private func platformWrite(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) -> Int {
    unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
}
