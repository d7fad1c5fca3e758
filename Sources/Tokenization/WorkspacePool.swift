internal import Synchronization

/// Lends workspaces to concurrent calls. A returned workspace is lent again with its cached words.
final class WorkspacePool: Sendable {
    /// Maximum number of idle workspaces; any more are dropped with their cached words.
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
