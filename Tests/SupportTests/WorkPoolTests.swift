import Support
import Synchronization
import Testing

@Suite struct WorkPoolTests {
    private struct Failure: Error {}

    /// Counts the jobs that run at once.
    private final class Gauge: Sendable {
        private let running = Atomic<Int>(0)
        private let largest = Atomic<Int>(0)

        var most: Int { largest.load(ordering: .relaxed) }

        func enter() { largest.max(running.add(1, ordering: .relaxed).newValue, ordering: .relaxed) }

        func leave() { running.subtract(1, ordering: .relaxed) }
    }

    @Test func `results and errors come back`() async throws {
        let pool = WorkPool(threadCount: 2)
        #expect(await pool.run(.small) { 5 } == 5)
        await #expect(throws: Failure.self) {
            try await pool.run(.large) { () throws(Failure) -> Int in throw Failure() }
        }
    }

    @Test func `a small job does not wait for a large one`() async {
        let pool = WorkPool(threadCount: 1)
        let gate = Inbox<Int>(capacity: 1)
        async let large = pool.run(.large) { gate.next() }
        for number in 0..<100 { #expect(await pool.run(.small) { number } == number) }
        gate.push(7)
        #expect(await large == 7)
    }

    @Test func `large jobs run one at a time, whatever their number`() async {
        let pool = WorkPool(threadCount: 4)
        let gauge = Gauge()
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<50 {
                tasks.addTask {
                    await pool.run(.large) {
                        gauge.enter()
                        gauge.leave()
                    }
                }
            }
        }
        #expect(gauge.most == 1)
    }

    @Test func `a pool whose last reference is in a job goes with it`() async {
        for number in 0..<20 {
            let pool = WorkPool(threadCount: 1)
            let task = Task { await pool.run(.small) { withExtendedLifetime(pool) { number } } }
            #expect(await task.value == number)
        }
    }
}
