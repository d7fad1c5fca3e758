import Synchronization

/// Records which settings or tensors of a model have been read. Copies of the owning value share the record.
///
/// An unread name would be ignored silently, so a model with one that is not in `HarmlessNames` is refused.
final class ReadNames: Sendable {
    private let names = Mutex<Set<String>>([])

    func insert(_ name: String) { names.withLock { _ = $0.insert(name) } }

    func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }
}
