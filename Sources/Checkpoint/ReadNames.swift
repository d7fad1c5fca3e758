import Synchronization

/// Records which settings or tensors of a model have been read. Copies of the value that holds them share the record.
///
/// An unread name would be ignored silently, so the loader refuses a model with one that `HarmlessNames` does not list.
final class ReadNames: Sendable {
    private let names = Mutex<Set<String>>([])

    func insert(_ name: String) { names.withLock { _ = $0.insert(name) } }

    func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }
}
