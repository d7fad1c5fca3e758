import CPUBackend
import Support
import Synchronization
import Tensor

/// What the engines of a process share: one pool of threads, lent to an engine for a step, and the memory of caches.
package final class ComputeRuntime: Sendable {
    /// The runtime of all engines that are not given another one.
    package static let shared = ComputeRuntime()

    let lease = FairLease()
    let memory: MemoryLedger
    private let devices = Mutex<[Int?: CPUBackend]>([:])

    /// `cacheByteCount`: what the caches of all engines may take together; by default half of the memory that is free when
    /// the first engine asks.
    package init(cacheByteCount: Int? = nil) { memory = MemoryLedger(limit: cacheByteCount) }

    /// The device with this many threads (nil: the machine's); engines that agree in the count share it.
    func device(threadCount: Int?) throws(BackendError) -> CPUBackend {
        do {
            return try devices.withLock { devices throws(BackendError) in
                if let device = devices[threadCount] { return device }
                let device = try CPUBackend(threadCount: threadCount)
                devices[threadCount] = device
                return device
            }
        } catch { throw error }
    }
}

/// Keeps account of the memory that engines take for their caches, so that together they stay within one limit.
package final class MemoryLedger: Sendable {
    private let limit: Int?
    private let taken = Mutex(0)
    /// Half of what was free when it was first asked for.
    private let measured = Mutex<Int?>(nil)

    init(limit: Int?) { self.limit = limit }

    /// Bytes that all accounts together may take.
    var byteLimit: Int {
        if let limit { return limit }
        return measured.withLock { measured in
            let value = measured ?? Int(Double(MemoryBudget.availableByteCount) * MemoryBudget.cacheShare)
            measured = value
            return value
        }
    }

    /// Bytes that no account has taken.
    var freeByteCount: Int { max(0, byteLimit - taken.withLock { $0 }) }

    /// An account with `byteCount` bytes that are its own in any case; it may take more while the ledger has some left.
    func open(guaranteeing byteCount: Int) -> Account {
        taken.withLock { $0 += byteCount }
        return Account(self, guaranteed: byteCount)
    }

    /// One engine's share; what it holds returns to the ledger with its end.
    package final class Account: Sendable {
        private let ledger: MemoryLedger
        private let guaranteed: Int
        private let held: Mutex<Int>

        fileprivate init(_ ledger: MemoryLedger, guaranteed: Int) {
            self.ledger = ledger
            self.guaranteed = guaranteed
            held = Mutex(guaranteed)
        }

        deinit { ledger.taken.withLock { $0 -= held.withLock { $0 } } }

        /// Raises the account to `byteCount` bytes; false, with nothing taken, where the ledger has too few.
        package func raise(to byteCount: Int) -> Bool {
            held.withLock { held in
                guard byteCount > held else { return true }
                let limit = ledger.byteLimit
                let more = byteCount - held
                let fits = ledger.taken.withLock { taken in
                    guard taken + more <= limit else { return false }
                    taken += more
                    return true
                }
                if fits { held = byteCount }
                return fits
            }
        }
    }
}
