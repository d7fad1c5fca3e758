import NIOSSL
import Needletail
import Support
import Synchronization

/// The TLS context for new connections, loaded from the certificate files.
final class TLSContext: Sendable {
    private let files: TLSOptions
    private let state: Mutex<(context: NIOSSLContext, stamp: [Double])>

    init(_ files: TLSOptions) throws(EngineError) {
        self.files = files
        state = Mutex((try Self.load(files), Self.stamp(files)))
    }

    /// Returns the handler for a new connection. Changed files take effect with the next connection; if they cannot be
    /// loaded, the previous certificate stays in use.
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

    /// Modification times of the files, to detect changes.
    private static func stamp(_ files: TLSOptions) -> [Double] {
        ([files.certificatePath, files.keyPath] + [files.clientAuthorityPath].compactMap(\.self)).map {
            Files.modificationTime($0) ?? 0
        }
    }
}
