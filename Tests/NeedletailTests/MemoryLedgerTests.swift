import Needletail
import Testing

/// The memory that the caches of a process's engines share.
@Suite struct MemoryLedgerTests {
    @Test func `accounts together stay within the limit`() {
        let ledger = MemoryLedger(limit: 100)
        let (first, second) = (ledger.open(guaranteeing: 30), ledger.open(guaranteeing: 30))
        #expect(first.raise(to: 60))
        #expect(!second.raise(to: 50))
        #expect(second.raise(to: 40))
        // What an account holds already costs nothing.
        #expect(first.raise(to: 60) && first.raise(to: 10))
        withExtendedLifetime((first, second)) {}
    }

    @Test func `a guarantee holds beyond the limit`() {
        let ledger = MemoryLedger(limit: 100)
        let (first, second) = (ledger.open(guaranteeing: 90), ledger.open(guaranteeing: 30))
        #expect(second.raise(to: 30) && !second.raise(to: 31) && !first.raise(to: 91))
        withExtendedLifetime((first, second)) {}
    }

    @Test func `an account that ends gives its bytes back`() {
        let ledger = MemoryLedger(limit: 100)
        let kept = ledger.open(guaranteeing: 10)
        do {
            let released = ledger.open(guaranteeing: 10)
            #expect(released.raise(to: 80) && !kept.raise(to: 30))
            withExtendedLifetime(released) {}
        }
        #expect(kept.raise(to: 100))
    }
}
