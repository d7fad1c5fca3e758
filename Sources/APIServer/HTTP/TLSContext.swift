import NIOSSL
import Needletail
import Support
import Synchronization

/// The server's certificate, ready for connections.
final class TLSContext: Sendable {
    private let files: TLSOptions
    private let state: Mutex<(context: NIOSSLContext, stamp: [Double])>

    init(_ files: TLSOptions) throws(EngineError) {
        self.files = files
        state = Mutex((try Self.load(files), Self.stamp(files)))
    }

    /// The handler of a new connection. A changed certificate counts from the next one on; one that cannot be read leaves
    /// the former in place.
    func makeHandler() -> NIOSSLServerHandler {
        let context = state.withLock { state in
            guard files.refreshes else { return state.context }
            let stamp = Self.stamp(files)
            if stamp != state.stamp {
                state.stamp = stamp
                if let context = try? Self.load(files) { state.context = context }
            }
            return state.context
        }
        return NIOSSLServerHandler(context: context)
    }

    private static func load(_ files: TLSOptions) throws(EngineError) -> NIOSSLContext {
        for path in [files.certificatePath, files.keyPath, files.clientAuthorityPath].compactMap(\.self) {
            do {
                _ = try Files.read(path)
            } catch {
                throw EngineError("--ssl-certfile, --ssl-keyfile, --ssl-ca-certs: cannot read \(error)")
            }
        }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.certificatePath)
            let key = try NIOSSLPrivateKey(file: files.keyPath, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.applicationProtocols = ["http/1.1"]
            if let path = files.clientAuthorityPath {
                configuration.trustRoots = .file(path)
                configuration.certificateVerification = .noHostnameVerification
            }
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw EngineError(
                "--ssl-certfile, --ssl-keyfile: must be a PEM certificate and its private key, "
                    + "got '\(files.certificatePath)' and '\(files.keyPath)'")
        }
    }

    /// Changes with the files.
    private static func stamp(_ files: TLSOptions) -> [Double] {
        ([files.certificatePath, files.keyPath] + [files.clientAuthorityPath].compactMap(\.self)).map {
            Files.modificationTime($0) ?? 0
        }
    }
}
