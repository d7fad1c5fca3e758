#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// A queue between threads whose receivers may block: what async code uses to reach a thread that is not async. The
/// sending side never blocks for longer than it takes to append, but in `pushWaiting`.
@safe package final class Inbox<Element: Sendable>: @unchecked Sendable {
    /// What became of an element that was pushed.
    package enum PushResult: Hashable, Sendable {
        case accepted
        /// There are as many elements as the inbox takes.
        case full
        /// The receiver has gone.
        case closed
    }

    /// Elements that `tryPush` lets wait.
    package let capacity: Int

    // Guarded by `mutex`. The two live on the heap because a lock must not move.
    private var elements: [Element] = []
    private var isClosed = false
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// Signalled for each element.
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Signalled when a full inbox has room again.
    private let room = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init(capacity: Int) {
        precondition(capacity > 0, "an inbox of \(capacity)")
        self.capacity = capacity
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe room.initialize(to: pthread_cond_t())
        let failed =
            unsafe pthread_mutex_init(mutex, nil) != 0 || pthread_cond_init(condition, nil) != 0
            || pthread_cond_init(room, nil) != 0
        precondition(!failed, "the system has no mutex")
    }

    deinit {
        unsafe pthread_cond_destroy(room)
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe room.deallocate()
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Appends unless the inbox is full.
    package func tryPush(_ element: Element) -> PushResult { push(element, limit: capacity) }

    /// Appends even to a full inbox: for what must not be refused, such as taking an earlier element back.
    @discardableResult package func push(_ element: Element) -> PushResult { push(element, limit: .max) }

    /// Appends, after waiting while the inbox is full: for a sending thread that must not run ahead of the receiver.
    @discardableResult package func pushWaiting(_ element: Element) -> PushResult {
        lock()
        defer { unlock() }
        while elements.count >= capacity, !isClosed { unsafe pthread_cond_wait(room, mutex) }
        return append(element, limit: .max)
    }

    /// Moves all waiting elements into `batch`, which is emptied first; no allocation once both have grown. Blocks
    /// until there is one if `blocking`. One thread only.
    package func drain(into batch: inout [Element], blocking: Bool) {
        batch.removeAll(keepingCapacity: true)
        lock()
        defer { unlock() }
        while blocking, elements.isEmpty, !isClosed { unsafe pthread_cond_wait(condition, mutex) }
        if elements.count >= capacity { unsafe pthread_cond_broadcast(room) }
        swap(&elements, &batch)
    }

    /// The first waiting element; blocks until there is one. Nil once the inbox is closed. Any number of threads.
    package func next() -> Element? {
        lock()
        defer { unlock() }
        while elements.isEmpty, !isClosed { unsafe pthread_cond_wait(condition, mutex) }
        if elements.count >= capacity { unsafe pthread_cond_broadcast(room) }
        return elements.isEmpty ? nil : elements.removeFirst()
    }

    /// Refuses all further elements and returns those that are left.
    package func close() -> [Element] {
        lock()
        defer { unlock() }
        isClosed = true
        unsafe pthread_cond_broadcast(condition)
        unsafe pthread_cond_broadcast(room)
        defer { elements = [] }
        return elements
    }

    private func push(_ element: Element, limit: Int) -> PushResult {
        lock()
        defer { unlock() }
        return append(element, limit: limit)
    }

    /// Under the lock.
    private func append(_ element: Element, limit: Int) -> PushResult {
        if isClosed { return .closed }
        if elements.count >= limit { return .full }
        elements.append(element)
        unsafe pthread_cond_signal(condition)
        return .accepted
    }

    private func lock() { unsafe pthread_mutex_lock(mutex) }

    private func unlock() { unsafe pthread_mutex_unlock(mutex) }
}
