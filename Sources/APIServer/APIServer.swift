import EngineTypes
package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import Needletail
import ServiceLifecycle
import Support
import UnixSignals

/// The HTTP server: vLLM's OpenAI-compatible routes over any number of engines.
package struct APIServer: Sendable {
    private let services: ServerServices
    private let tls: TLSContext?
    private let socketFile: SocketFile?

    /// Throws if the TLS files cannot be loaded.
    package init(
        models: ServedModels, options: ServerOptions, registry: PrometheusRegistry, log: Logger
    ) throws(EngineError) {
        services = ServerServices(models: models, options: options, registry: registry, log: log)
        socketFile = options.socketPath.map { SocketFile($0) }
        tls = try options.tls.map { files throws(EngineError) in try TLSContext(files) }
    }

    /// Serves until SIGTERM or SIGINT, then gives running requests the shutdown timeout to finish and returns. Throws
    /// `EngineError` if it cannot listen.
    package func run() async throws {
        let timeout = services.options.shutdownTimeout
        var configuration = ServiceGroupConfiguration(
            services: [DrainingService(application: application, server: services, timeout: timeout)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: services.quietLog)
        // Cuts off connections that outlive their failed requests, such as one whose client reads nothing.
        configuration.maximumGracefulShutdownDuration = timeout + .seconds(2)
        try await socketFile?.claim()
        defer { socketFile?.remove() }
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            return
        } catch let error as IOError {
            throw services.options.cannotListen(ErrorText.system(error.errnoCode))
        } catch let error where error is SocketAddressError || error is SocketAddressError.UnknownHost {
            throw services.options.cannotListen("the address is invalid or cannot be resolved")
        }
    }

    /// The Hummingbird application, which `run` serves and tests drive directly.
    package var application: some ApplicationProtocol {
        let options = services.options
        let log = services.log
        let tls = tls
        var decoder = HTTP1Channel.Configuration.DecoderConfiguration()
        decoder.maxHeaderFieldSize = options.maxHeaderByteCount
        decoder.maxHeaderListSize = options.maxHeaderByteCount
        decoder.maxHeaderFieldCount = options.maxHeaderCount
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionGuard(options: options)], httpDecoderConfiguration: decoder)
        return Application(
            responder: RouteTable.router(services).buildResponder(),
            server: HTTPServerBuilder { responder in
                DeferredHTTPChannel(base: HTTP1Channel(responder: responder, configuration: channel), tls: tls)
            },
            configuration: ApplicationConfiguration(address: options.bindAddress, backlog: 1024),
            onServerRunning: { [socketFile] channel in
                socketFile?.isBound()
                log.notice("listening on \(options.url(port: channel.localAddress?.port))")
            },
            logger: services.quietLog)
    }
}

/// Runs the application. Once asked to stop, gives running requests `timeout` to finish, then ends them.
private struct DrainingService<App: ApplicationProtocol>: Service {
    let application: App
    let server: ServerServices
    let timeout: Duration

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await application.run()
        } onGracefulShutdown: { [server, timeout] in
            Task {
                try await Task.sleep(for: timeout)
                server.beginShutdown()
            }
        }
    }
}

extension ServerServices {
    /// The log for libraries: errors only.
    var quietLog: Logger {
        var log = log
        log.logLevel = .error
        return log
    }
}

extension ServerOptions {
    fileprivate var addressFlags: String { socketPath == nil ? "--host, --port" : "--uds" }

    fileprivate func cannotListen(_ reason: String) -> EngineError {
        EngineError("\(addressFlags): cannot listen on \(socketPath ?? authority(port: port)): \(reason)")
    }

    fileprivate var bindAddress: BindAddress {
        socketPath.map { .unixDomainSocket(path: $0) } ?? .hostname(host, port: port)
    }

    /// `host:port`, with an IPv6 address in brackets (RFC 3986, section 3.2.2).
    private func authority(port: Int) -> String { "\(Authority.host(host)):\(port)" }

    /// The URL that the server listens on. `bound`: the actual port; nil stands for the configured one.
    package func url(port bound: Int?) -> String {
        let scheme = tls == nil ? "http" : "https"
        return socketPath.map { "\(scheme)+unix://\($0)" } ?? "\(scheme)://\(authority(port: bound ?? port))"
    }
}
