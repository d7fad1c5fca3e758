import Synchronization

/// The settings or tensors of a model that something has read, shared by the copies of what holds them. What nothing reads
/// would be ignored silently, so a model with more than is known to be harmless is refused.
final class ReadNames: Sendable {
    private let names = Mutex<Set<String>>([])

    func insert(_ name: String) { names.withLock { _ = $0.insert(name) } }

    func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }
}
