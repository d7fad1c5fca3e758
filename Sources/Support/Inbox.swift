#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// A queue between threads whose receivers may block, for async code to reach a thread that is not async. Senders block
/// no longer than an append takes, except in `pushWaiting`.
@safe package final class Inbox<Element: Sendable>: @unchecked Sendable {
    /// The outcome of a push.
    package enum PushResult: Hashable, Sendable {
        case accepted
        /// The inbox holds `capacity` elements already.
        case full
        /// The inbox was closed.
        case closed
    }

    /// Maximum number of waiting elements for `tryPush`.
    package let capacity: Int

    // Guarded by `mutex`. The locks live on the heap because they must not move.
    private var elements: [Element] = []
    private var isClosed = false
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// Signalled for each pushed element.
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Signalled when a full inbox has room again.
    private let room = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    package init(capacity: Int) {
        precondition(capacity > 0, "an inbox needs a capacity above 0, got \(capacity)")
        self.capacity = capacity
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe room.initialize(to: pthread_cond_t())
        let failed =
            unsafe pthread_mutex_init(mutex, nil) != 0 || pthread_cond_init(condition, nil) != 0
            || pthread_cond_init(room, nil) != 0
        precondition(!failed, "cannot create the locks of an inbox")
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

    /// Appends even to a full inbox, for elements that must not be refused, such as the cancellation of an earlier one.
    @discardableResult package func push(_ element: Element) -> PushResult { push(element, limit: .max) }

    /// Waits while the inbox is full, then appends: for a sending thread that must not run ahead of the receiver.
    @discardableResult package func pushWaiting(_ element: Element) -> PushResult {
        lock()
        defer { unlock() }
        while elements.count >= capacity, !isClosed { unsafe pthread_cond_wait(room, mutex) }
        return append(element, limit: .max)
    }

    /// Moves all waiting elements into `batch`, which is emptied first, without allocating once both buffers have
    /// grown. `blocking`: waits until there is an element. For a single receiving thread.
    package func drain(into batch: inout [Element], blocking: Bool) {
        batch.removeAll(keepingCapacity: true)
        lock()
        defer { unlock() }
        while blocking, elements.isEmpty, !isClosed { unsafe pthread_cond_wait(condition, mutex) }
        if elements.count >= capacity { unsafe pthread_cond_broadcast(room) }
        swap(&elements, &batch)
    }

    /// Removes the first element, waiting until there is one; nil once the inbox is closed. For any number of receiving
    /// threads.
    package func next() -> Element? {
        lock()
        defer { unlock() }
        while elements.isEmpty, !isClosed { unsafe pthread_cond_wait(condition, mutex) }
        if elements.count >= capacity { unsafe pthread_cond_broadcast(room) }
        return elements.isEmpty ? nil : elements.removeFirst()
    }

    /// Closes the inbox to further elements and returns the remaining ones.
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

    /// Appends an element; the caller holds the lock.
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
