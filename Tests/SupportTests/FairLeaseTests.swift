import Support
import Synchronization
import Testing

@Suite struct FairLeaseTests {
    /// A clock that only the holders advance.
    private final class Clock: Sendable {
        private let time = Mutex(0.0)
        var now: Double { time.withLock { $0 } }
        func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
    }

    /// Calls `body` with 0..<count, each on a separate thread, and waits for all of them.
    private static func runTogether(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        guard count > 0 else { return }
        let thread = OSThread { body(count - 1) }
        runTogether(count - 1, body)
        thread.join()
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)

        @discardableResult func add(_ number: Int) -> Int {
            value.withLock {
                $0 += number
                return $0
            }
        }
    }

    @Test func `nobody runs beside the holder, and nothing is lost`() {
        let lease = FairLease()
        let inside = Counter()
        let count = Counter()
        let members = (0..<4).map { _ in lease.join() }
        Self.runTogether(4) { index in
            for _ in 0..<500 {
                members[index].hold {
                    #expect(inside.add(1) == 1)
                    count.add(1)
                    inside.add(-1)
                }
            }
        }
        #expect(count.add(0) == 2000)
    }

    @Test func `of those who wait the one that has used the least is next`() {
        let clock = Clock()
        let lease = FairLease(credit: 10, clock: { clock.now })
        let members = [lease.join(), lease.join(), lease.join()]
        for (member, seconds) in zip(members, [1.0, 3.0, 2.0]) { member.hold { clock.advance(seconds) } }
        let holder = lease.join()
        let order = Mutex<[Int]>([])
        holder.acquire()
        let release = OSThread {
            while lease.waitingCount < 3 {}
            holder.release()
        }
        Self.runTogether(3) { index in members[index].hold { order.withLock { $0.append(index) } } }
        release.join()
        #expect(order.withLock { $0 } == [0, 2, 1])
    }

    @Test func `an idle member saves up no more than its credit`() {
        let clock = Clock()
        let lease = FairLease(credit: 0.1, clock: { clock.now })
        let (busy, idle) = (lease.join(), lease.join())
        for _ in 0..<100 { busy.hold { clock.advance(1) } }
        #expect(!busy.hasRivals)
        idle.hold { clock.advance(0.2) }
        #expect(busy.hasRivals)
        clock.advance(5)
        #expect(!busy.hasRivals)
    }
}
