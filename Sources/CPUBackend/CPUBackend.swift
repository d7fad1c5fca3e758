internal import CKernels
package import Tensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The CPU device: thin calls into the kernels, which share one thread pool. Several engines may use one backend; an
/// operation holds the pool until it is done, and results may be read when a call returns.
///
/// `NEEDLETAIL_ISA` (scalar, avx2, avx512, avx512vnni, avx512bf16) forces an instruction set, `NEEDLETAIL_THREADS` a
/// thread count.
package final class CPUBackend: Backend, LogitKernels {
    package let instructionSet: InstructionSet
    let pool: ThreadPool

    /// Arguments that are nil come from the environment, else from the machine: its widest instruction set, and one
    /// thread per processor that this process may use. Throws if the instruction set is unknown or unsupported, or if
    /// the thread count is outside 1...1024.
    package init(threadCount: Int? = nil, instructionSet: InstructionSet? = nil) throws(BackendError) {
        let wantedThreads = if threadCount == nil { try Self.threadsFromEnvironment() } else { threadCount }
        let threads = wantedThreads ?? ThreadPool.defaultThreadCount
        guard (1...1024).contains(threads) else {
            throw BackendError("thread count \(threads) is outside 1...1024")
        }
        let best = InstructionSet.best
        let wantedSet = if instructionSet == nil { try Self.instructionSetFromEnvironment() } else { instructionSet }
        let chosen = wantedSet ?? best
        guard chosen <= best else {
            throw BackendError("instruction set \(chosen.rawValue) is not supported here; the best is \(best.rawValue)")
        }
        self.instructionSet = chosen
        pool = ThreadPool(threadCount: threads, instructionSet: chosen)
    }

    package var threadCount: Int { pool.threadCount }

    package var arithmetic: String { "cpu \(instructionSet.rawValue)" }

    package var description: String {
        "cpu (\(instructionSet.rawValue), \(threadCount) \(threadCount == 1 ? "thread" : "threads"))"
    }

    package var nativeActivationTypes: Set<ElementType> {
        instructionSet >= .avx512bf16 ? [.float32, .bfloat16] : [.float32]
    }

    /// Does nothing, because every call is complete when it returns.
    package func synchronize() {}

    private static func threadsFromEnvironment() throws(BackendError) -> Int? {
        guard let text = environment("NEEDLETAIL_THREADS") else { return nil }
        guard let count = Int(text), (1...1024).contains(count) else {
            throw BackendError("NEEDLETAIL_THREADS is '\(text)'; a number in 1...1024 is expected")
        }
        return count
    }

    private static func instructionSetFromEnvironment() throws(BackendError) -> InstructionSet? {
        guard let text = environment("NEEDLETAIL_ISA") else { return nil }
        guard let value = InstructionSet(rawValue: text) else {
            let names = InstructionSet.allCases.map(\.rawValue).joined(separator: ", ")
            throw BackendError("NEEDLETAIL_ISA is '\(text)'; one of \(names) is expected")
        }
        return value
    }

    private static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
}
