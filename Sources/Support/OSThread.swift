#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// A thread of the operating system, for work that blocks or computes for long and must not occupy one of the few
/// threads shared by async code. It must be joined or detached.
package struct OSThread: ~Copyable, Sendable {
    private let handle: pthread_t

    /// Starts a thread that runs `body` and ends with it. Traps if the system cannot create a thread.
    package init(stackSize: Int = 8 << 20, body: sending @escaping () -> Void) {
        let argument = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        defer { unsafe pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let status = unsafe pthread_create(&thread, &attributes, { unsafe Body.run($0) }, argument)
        precondition(status == 0, "cannot create a thread: pthread_create returned \(status)")
        handle = thread
    }

    /// Waits for the thread to end.
    package consuming func join() {
        let status = pthread_join(handle, nil)
        precondition(status == 0, "pthread_join returned \(status)")
    }

    /// Runs `body`, which may block, on a thread of its own.
    package static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        var thread: OSThread?
        let result = await withCheckedContinuation { continuation in
            thread = OSThread { continuation.resume(returning: body()) }
        }
        thread.take()?.join()
        return result
    }

    /// Lets the thread end on its own, without a join.
    package consuming func detach() {
        let status = pthread_detach(handle)
        precondition(status == 0, "pthread_detach returned \(status)")
    }

    /// Carries the closure to the new thread, which takes the only reference.
    private final class Body {
        private let run: () -> Void

        init(_ run: @escaping () -> Void) { self.run = run }

        static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
            let body = unsafe Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue()
            body.run()
            return nil
        }
    }
}
