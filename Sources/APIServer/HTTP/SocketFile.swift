import NIOCore
import NIOPosix
import Needletail
import Support
import Synchronization
import SystemPackage

/// The file of a Unix domain socket: made by the server that listens on it, and removed by that one alone.
final class SocketFile: Sendable {
    private let path: String
    private let identity = Mutex<Files.Identity?>(nil)

    init(_ path: String) { self.path = path }

    /// Throws where another server listens there, and for a file that is no socket. A socket that nobody listens on was
    /// left behind; listening replaces it.
    func claim() async throws(EngineError) {
        guard Files.exists(path) else { return }
        guard Files.isSocket(path) else { throw EngineError("--uds: '\(path)' is there and is no socket") }
        do {
            let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            try await bootstrap.connect(unixDomainSocketPath: path).get().close().get()
        } catch let error as IOError where error.errnoCode == Errno.connectionRefused.rawValue {
            return
        } catch {
            let reason = (error as? IOError).map { ErrorText.system($0.errnoCode) } ?? ErrorText.reason(error)
            throw EngineError("--uds: '\(path)' is in use: \(reason)")
        }
        throw EngineError("--uds: another server listens on '\(path)'")
    }

    /// The server listens.
    func isBound() { identity.withLock { $0 = Files.identity(path) } }

    func remove() {
        guard let identity = identity.withLock({ $0 }), Files.identity(path) == identity else { return }
        Files.removeSocket(path)
    }
}
