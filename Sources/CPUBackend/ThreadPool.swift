internal import CKernels

/// Owns a pool of kernel threads. The pool serialises its callers itself, hence `@unchecked Sendable`.
@safe
final class ThreadPool: @unchecked Sendable {
    let handle: OpaquePointer

    init(threadCount: Int, instructionSet: InstructionSet) {
        unsafe handle = nt_pool_create(Int32(threadCount), instructionSet.kernelCode)
    }

    deinit { unsafe nt_pool_destroy(handle) }

    var threadCount: Int { unsafe Int(nt_pool_thread_count(handle)) }
}
