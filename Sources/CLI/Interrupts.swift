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

/// Handles Ctrl-C in a conversation: cancels the answer being generated, or exits the program if there is none.
final class Interrupts: Sendable {
    /// The exit code of a program ended by SIGINT, by the convention of shells.
    static let exitCode: Int32 = 130

    private let answer = Mutex<Task<String, any Error>?>(nil)

    /// Starts handling SIGINT.
    static func observed() async -> Interrupts {
        let interrupts = Interrupts()
        let signals = await UnixSignalsSequence(trapping: .sigint)
        Task.detached {
            for await _ in signals { interrupts.handle() }
        }
        return interrupts
    }

    /// Waits for an answer; an interrupt cancels it.
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
