#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The standard error stream: for people, never for results.
package enum StandardError {
    package static func write(_ text: String) {
        StandardStream.write(text, to: STDERR_FILENO)
    }

    package static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// The standard output stream, unbuffered: text appears as it is generated.
package enum StandardOutput {
    package static func write(_ text: String) {
        StandardStream.write(text, to: STDOUT_FILENO)
    }

    package static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}

/// The standard input stream.
package enum StandardInput {
    package static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }
}

private enum StandardStream {
    /// Writes the whole text. A closed pipe or a full disk ends the attempt, as nobody is left to tell.
    static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        unsafe bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[offset...])
                let count = unsafe platformWrite(descriptor, rest)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                offset += count
            }
        }
    }
}

/// Declared outside `StandardStream`, where the bare name is the platform's.
private func platformWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    unsafe write(descriptor, bytes.baseAddress, bytes.count)
}
