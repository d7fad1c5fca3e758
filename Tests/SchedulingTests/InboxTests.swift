import Support
import Synchronization
import Testing

@Suite struct InboxTests {
    @Test func `messages keep their order`() {
        let inbox = Inbox<Int>(capacity: 8)
        for value in 0..<5 { inbox.push(value) }
        var batch: [Int] = [99]
        inbox.drain(into: &batch, blocking: true)
        #expect(batch == [0, 1, 2, 3, 4])
        inbox.drain(into: &batch, blocking: false)
        #expect(batch.isEmpty)
    }

    @Test func `a full inbox refuses requests, but not messages that must arrive`() {
        let inbox = Inbox<Int>(capacity: 2)
        #expect(inbox.tryPush(1) == .accepted && inbox.tryPush(2) == .accepted)
        #expect(inbox.tryPush(3) == .full)
        #expect(inbox.push(4) == .accepted)
        #expect(inbox.close() == [1, 2, 4])
        #expect(inbox.push(5) == .closed && inbox.tryPush(6) == .closed)
    }

    @Test func `a message wakes the waiting thread`() {
        let inbox = Inbox<Int>(capacity: 100)
        let sum = Atomic<Int>(0)
        withThread {
            var batch: [Int] = []
            while true {
                inbox.drain(into: &batch, blocking: true)
                for value in batch { sum.add(value, ordering: .relaxed) }
                if batch.contains(0) { return }
            }
        } during: {
            for value in (0...1000).reversed() { inbox.push(value) }
        }
        #expect(sum.load(ordering: .relaxed) == 500_500)
    }

    @Test func `a full inbox holds up a sender that waits, until there is room`() {
        let inbox = Inbox<Int>(capacity: 3)
        let sent = Atomic<Int>(0)
        withThread {
            for value in 0..<1000 {
                inbox.pushWaiting(value)
                sent.store(value + 1, ordering: .sequentiallyConsistent)
            }
        } during: {
            var received: [Int] = []
            var batch: [Int] = []
            while received.count < 1000 {
                inbox.drain(into: &batch, blocking: true)
                #expect(batch.count <= 3)
                received += batch
                #expect(sent.load(ordering: .sequentiallyConsistent) <= received.count + 3)
            }
            #expect(received == Array(0..<1000))
        }
    }

    @Test func `closing an inbox lets a sender that waits go`() {
        let inbox = Inbox<Int>(capacity: 1)
        inbox.push(1)
        withThread {
            while inbox.pushWaiting(2) != .closed {}
        } during: {
            _ = inbox.close()
        }
    }

    private func withThread(_ body: @escaping @Sendable () -> Void, during: () -> Void) {
        let thread = OSThread(body: body)
        during()
        thread.join()
    }
}
