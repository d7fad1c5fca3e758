import NIOCore
import NIOPosix
import Needletail
import Support
import Synchronization
import SystemPackage

/// The file of a Unix domain socket: created by the server that listens on it, and removed by that server only.
final class SocketFile: Sendable {
    private let path: String
    private let identity = Mutex<Files.Identity?>(nil)

    init(_ path: String) { self.path = path }

    /// Checks that the path can be used. Throws if another server listens on it or it is not a socket. A stale socket
    /// that nobody listens on is replaced when the server listens.
    func claim() async throws(EngineError) {
        guard Files.exists(path) else { return }
        guard Files.isSocket(path) else { throw EngineError("--uds: '\(path)' exists and is not a socket") }
        do {
            let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            try await bootstrap.connect(unixDomainSocketPath: path).get().close().get()
        } catch let error as IOError where error.errnoCode == Errno.connectionRefused.rawValue {
            return
        } catch {
            let reason = (error as? IOError).map { ErrorText.system($0.errnoCode) } ?? ErrorText.reason(error)
            throw EngineError("--uds: '\(path)' is in use: \(reason)")
        }
        throw EngineError("--uds: another server is already listening on '\(path)'")
    }

    /// Records the file's identity once the server listens, so that `remove` cannot delete another server's file.
    func isBound() { identity.withLock { $0 = Files.identity(path) } }

    func remove() {
        guard let identity = identity.withLock({ $0 }), Files.identity(path) == identity else { return }
        Files.removeSocket(path)
    }
}
