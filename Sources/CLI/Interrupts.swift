import Support
import Synchronization
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What Ctrl-C ends in a conversation: the answer under way, or the program where there is none.
final class Interrupts: Sendable {
    /// The exit code of a program that SIGINT ends, as shells have it.
    static let exitCode: Int32 = 130

    private let answer = Mutex<Task<String, any Error>?>(nil)

    /// Takes SIGINT from here on.
    static func observed() async -> Interrupts {
        let interrupts = Interrupts()
        let signals = await UnixSignalsSequence(trapping: .sigint)
        Task.detached {
            for await _ in signals { interrupts.handle() }
        }
        return interrupts
    }

    /// Waits for an answer, which an interrupt cancels.
    func value(of task: Task<String, any Error>) async throws -> String {
        answer.withLock { $0 = task }
        defer { answer.withLock { $0 = nil } }
        return try await task.value
    }

    private func handle() {
        if let task = answer.withLock({ $0 }) {
            task.cancel()
        } else {
            StandardOutput.write("\n")
            // Not `exit`, which waits for the thread that reads standard input.
            _exit(Self.exitCode)
        }
    }
}
