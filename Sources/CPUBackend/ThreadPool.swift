internal import CKernels
internal import Support

/// Owns a pool of kernel threads. The pool itself serialises its callers, hence `@unchecked Sendable`.
@safe
final class ThreadPool: @unchecked Sendable {
    let handle: OpaquePointer

    init(threadCount: Int, instructionSet: InstructionSet) {
        unsafe handle = nt_pool_create(Int32(threadCount), instructionSet.kernelCode)
    }

    deinit { unsafe nt_pool_destroy(handle) }

    /// Number of processors that this process may use: those in its affinity mask, or fewer if the quota of its control
    /// groups, rounded up, is lower.
    static var defaultThreadCount: Int {
        let processors = Int(nt_available_processors())
        guard let quota = ControlGroups().processorQuota, quota < Double(processors) else { return processors }
        return max(1, Int(quota.rounded(.up)))
    }

    var threadCount: Int { unsafe Int(nt_pool_thread_count(handle)) }
}
