import CPUBackend
import Support
import Synchronization
import Tensor

/// The resources that the engines of a process share: a thread pool, leased to one engine per step, and cache memory.
package final class ComputeRuntime: Sendable {
    /// The default runtime, shared by all engines that are not given another one.
    package static let shared = ComputeRuntime()

    let lease = FairLease()
    let memory: MemoryLedger
    private let devices = Mutex<[Int?: CPUBackend]>([:])

    /// `cacheByteCount`: maximum bytes for the caches of all engines together; by default half of the memory that is
    /// free when the first engine asks.
    package init(cacheByteCount: Int? = nil) { memory = MemoryLedger(limit: cacheByteCount) }

    /// Returns the device with this many threads (nil: the machine's default). Engines with equal counts share a
    /// device.
    func device(threadCount: Int?) throws(BackendError) -> CPUBackend {
        try devices.withLock { devices throws(BackendError) in
            if let device = devices[threadCount] { return device }
            let device = try CPUBackend(threadCount: threadCount)
            devices[threadCount] = device
            return device
        }
    }
}

/// Accounts for the memory that engines take for their caches, so that together they stay within one limit.
package final class MemoryLedger: Sendable {
    private let limit: Int?
    private let taken = Mutex(0)
    /// Half of the memory that was free at the first request.
    private let measured = Mutex<Int?>(nil)

    /// `limit`: maximum bytes for all accounts together; nil for half of the free memory.
    package init(limit: Int?) { self.limit = limit }

    /// Maximum bytes for all accounts together.
    var byteLimit: Int {
        if let limit { return limit }
        return measured.withLock { measured in
            let value = measured ?? Int(Double(MemoryBudget.availableByteCount) * MemoryBudget.cacheShare)
            measured = value
            return value
        }
    }

    /// Opens an account with `byteCount` guaranteed bytes. It may take more while the ledger has some left.
    package func open(guaranteeing byteCount: Int) -> Account {
        taken.withLock { $0 += byteCount }
        return Account(self, held: byteCount)
    }

    /// One engine's share of the memory; its bytes return to the ledger when it is released.
    package final class Account: Sendable {
        private let ledger: MemoryLedger
        private let held: Mutex<Int>

        fileprivate init(_ ledger: MemoryLedger, held byteCount: Int) {
            self.ledger = ledger
            held = Mutex(byteCount)
        }

        deinit { ledger.taken.withLock { $0 -= held.withLock { $0 } } }

        /// Raises the account to `byteCount` bytes. Returns false, taking nothing, if the ledger has too few left.
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
