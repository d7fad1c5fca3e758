#if canImport(Glibc)
    internal import Glibc
#else
    internal import Musl
#endif

/// A lock that shares time fairly: it goes to the waiting member that has used the least. The engines of a process
/// share one thread pool through it.
///
/// Deficit sharing (Shreedhar and Varghese 1995) in units of time: a member that was idle does not save up more than
/// `credit` seconds, so that it cannot hold the others up when it comes back.
@safe package final class FairLease: @unchecked Sendable {
    /// Maximum seconds of use that an idle member may fall behind the member that has used the most.
    private let credit: Double
    /// Seconds after its last use during which a member still counts as a rival.
    private static let rivalSeconds = 0.5
    private let clock: @Sendable () -> Double

    /// Seconds for which a released lease is reserved for the member that released it, if that member has used less
    /// than all waiting ones: enough for an engine to begin its next step.
    private static let reservedSeconds = 0.001
    /// Minimum difference in seconds of use for such a reservation.
    private static let leastAdvantage = 0.005

    // Guarded by `mutex`.
    private var places: [Place] = []
    private var isHeld = false
    /// The member that the lease is free for, and until when on the monotonic clock.
    private weak var favoured: Member?
    private var reservationEnd = 0.0
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    package init(credit: Double = 0.1, clock: @escaping @Sendable () -> Double = { MonotonicClock.seconds }) {
        self.credit = credit
        self.clock = clock
        unsafe mutex.initialize(to: pthread_mutex_t())
        precondition(unsafe pthread_mutex_init(mutex, nil) == 0, "the system has no mutex")
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// A weak reference to a member; nil once the member is released.
    private struct Place {
        weak var member: Member?
    }

    /// A participant, used by one thread at a time. It leaves the lease when its last reference is released.
    @safe package final class Member: @unchecked Sendable {
        fileprivate let lease: FairLease
        /// Seconds of use, raised after an idle time so that it stays within `credit` of the most.
        fileprivate var used = 0.0
        fileprivate var isWaiting = false
        fileprivate var lastUse = -Double.infinity
        private var begin = 0.0
        private let turn = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

        fileprivate init(_ lease: FairLease) {
            self.lease = lease
            unsafe turn.initialize(to: pthread_cond_t())
            var attributes = pthread_condattr_t()
            let failed =
                unsafe pthread_condattr_init(&attributes) != 0
                || pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0
                || pthread_cond_init(turn, &attributes) != 0
            precondition(!failed, "the system has no condition variable")
            unsafe pthread_condattr_destroy(&attributes)
        }

        fileprivate func wake() { unsafe pthread_cond_signal(turn) }

        fileprivate func wait(_ mutex: UnsafeMutablePointer<pthread_mutex_t>) {
            unsafe pthread_cond_wait(turn, mutex)
        }

        fileprivate func wait(_ mutex: UnsafeMutablePointer<pthread_mutex_t>, seconds: Double) {
            var time = timespec()
            unsafe clock_gettime(CLOCK_MONOTONIC, &time)
            let nanoseconds = time.tv_nsec + Int(seconds * 1e9)
            time.tv_sec += nanoseconds / 1_000_000_000
            time.tv_nsec = nanoseconds % 1_000_000_000
            unsafe pthread_cond_timedwait(turn, mutex, &time)
        }

        deinit {
            unsafe pthread_cond_destroy(turn)
            unsafe turn.deallocate()
        }

        /// Waits for the lease. A member that already holds it must not call this.
        package func acquire() {
            lease.acquire(self)
            begin = lease.clock()
        }

        /// Hands the lease to the next member.
        package func release() { lease.release(self, seconds: lease.clock() - begin) }

        /// Runs `body` while holding the lease. Calls must not be nested.
        package func hold<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
            acquire()
            defer { release() }
            return try body()
        }

        /// Whether another member is waiting or held the lease within the last half second.
        package var hasRivals: Bool { lease.hasRivals(self) }
    }

    /// The number of waiting members.
    package var waitingCount: Int {
        lock()
        defer { unlock() }
        return places.count { $0.member?.isWaiting == true }
    }

    /// Adds a member that starts with the use of the member that has used the least.
    package func join() -> Member {
        lock()
        defer { unlock() }
        places.removeAll { $0.member == nil }
        let member = Member(self)
        member.used = places.compactMap { $0.member?.used }.min() ?? 0
        places.append(Place(member: member))
        return member
    }

    private func acquire(_ member: Member) {
        lock()
        defer { unlock() }
        member.used = max(member.used, mostUsed(besides: member) - credit)
        if !isHeld, favoured === member || (favoured == nil && nextWaiting == nil) {
            favoured = nil
            isHeld = true
            return
        }
        member.isWaiting = true
        while member.isWaiting { wait(member) }
    }

    /// Waits until the member is woken, or until a reservation expires unused.
    private func wait(_ member: Member) {
        if isHeld { return unsafe member.wait(mutex) }
        let left = favoured == nil ? 0 : reservationEnd - MonotonicClock.seconds
        if left > 0 { return unsafe member.wait(mutex, seconds: left) }
        favoured = nil
        handOver()
    }

    /// Passes the lease on without freeing it in between, so that no other member can take it first; reserves it for
    /// `member` if that has used clearly less than all waiting ones.
    private func release(_ member: Member, seconds: Double) {
        lock()
        defer { unlock() }
        member.used += seconds
        member.lastUse = clock()
        guard let next = nextWaiting, next.used - member.used > Self.leastAdvantage else { return handOver() }
        isHeld = false
        favoured = member
        reservationEnd = MonotonicClock.seconds + Self.reservedSeconds
        next.wake()
    }

    private func handOver() {
        let next = nextWaiting
        isHeld = next != nil
        next?.isWaiting = false
        next?.wake()
    }

    /// The waiting member that has used the least. Called in every step, so it must not allocate.
    private var nextWaiting: Member? {
        var least: Member?
        for place in places {
            guard let member = place.member, member.isWaiting else { continue }
            if member.used < least?.used ?? .infinity { least = member }
        }
        return least
    }

    private func mostUsed(besides member: Member) -> Double {
        places.reduce(0) { most, place in
            guard let other = place.member, other !== member else { return most }
            return max(most, other.used)
        }
    }

    private func hasRivals(_ member: Member) -> Bool {
        lock()
        defer { unlock() }
        let now = clock()
        return places.contains { place in
            guard let other = place.member, other !== member else { return false }
            return other.isWaiting || now - other.lastUse < Self.rivalSeconds
        }
    }

    private func lock() { unsafe pthread_mutex_lock(mutex) }
    private func unlock() { unsafe pthread_mutex_unlock(mutex) }
}
