internal import Synchronization

/// Lends workspaces to calls that run at the same time. One that comes back is lent again, with the words it has seen.
final class WorkspacePool: Sendable {
    /// What calls beyond this many at once have learned is dropped.
    private static let maximumSpareCount = 8

    private let spare = Mutex<[BPE.Workspace]>([])

    func withWorkspace(_ body: (inout BPE.Workspace) -> Void) {
        var workspace = spare.withLock { $0.popLast() } ?? BPE.Workspace()
        body(&workspace)
        spare.withLock { [workspace] in
            if $0.count < Self.maximumSpareCount { $0.append(workspace) }
        }
    }
}
