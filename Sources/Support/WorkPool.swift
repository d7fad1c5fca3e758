import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// Threads for synchronous work that takes long, which must not occupy the few threads shared by async code. Callers
/// suspend until their job is done; the jobs of a lane start in the order in which they came.
///
/// Large jobs share one thread of lower priority: small ones never wait for them.
package final class WorkPool: Sendable {
    /// The queue of a job, by its size.
    package enum Lane: Sendable {
        case small, large

        /// The lane of a job with this many bytes of input.
        package init(byteCount: Int) { self = byteCount <= 64 << 10 ? .small : .large }
    }

    private typealias Job = @Sendable () -> Void

    private let small = Inbox<Job>(capacity: .max)
    private let large = Inbox<Job>(capacity: .max)
    private let stopping = Atomic<Bool>(false)

    private static let largeNiceness: Int32 = 5

    /// `threadCount`: threads for small jobs.
    package init(threadCount: Int) {
        for _ in 0..<max(1, threadCount) { Self.start(small, niceness: 0) }
        Self.start(large, niceness: Self.largeNiceness)
    }

    /// Closes the queues, which are empty: a waiting caller would hold the pool.
    deinit {
        _ = small.close()
        _ = large.close()
    }

    /// True after `stop`. Jobs check it before they begin work that nobody waits for any more.
    package var isStopping: Bool { stopping.load(ordering: .relaxed) }

    /// Sets `isStopping`. Queued jobs still run.
    package func stop() { stopping.store(true, ordering: .relaxed) }

    /// The result of `body`, which runs on a thread of the lane.
    package func run<Value: Sendable, Failure: Error>(
        _ lane: Lane, _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        typealias Outcome = Result<Value, Failure>
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Outcome, Never>) in
            let jobs = lane == .small ? small : large
            jobs.push { continuation.resume(returning: Outcome { () throws(Failure) in try body() }) }
        }
        return try result.get()
    }

    /// Starts a detached thread. It cannot be joined by the pool, because its job may release the last reference to the
    /// pool.
    private static func start(_ jobs: Inbox<Job>, niceness: Int32) {
        let thread = OSThread {
            // On Linux, niceness belongs to a thread.
            if niceness > 0 { _ = nice(niceness) }
            while let job = jobs.next() { job() }
        }
        thread.detach()
    }
}
