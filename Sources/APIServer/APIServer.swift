import EngineTypes
package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import Needletail
import ServiceLifecycle
import Support
import UnixSignals

/// The HTTP server: vLLM's OpenAI routes over any number of engines.
package struct APIServer: Sendable {
    private let services: ServerServices
    private let tls: TLSContext?
    private let socketFile: SocketFile?

    /// Throws for certificates that cannot be used.
    package init(
        models: ServedModels, options: ServerOptions, registry: PrometheusRegistry, log: Logger
    ) throws(EngineError) {
        services = ServerServices(models: models, options: options, registry: registry, log: log)
        socketFile = options.socketPath.map { SocketFile($0) }
        tls = try options.tls.map { files throws(EngineError) in try TLSContext(files) }
    }

    /// Serves until SIGTERM or SIGINT, lets requests finish within the shutdown timeout and returns. Throws `EngineError`
    /// where it cannot listen.
    package func run() async throws {
        let timeout = services.options.shutdownTimeout
        var configuration = ServiceGroupConfiguration(
            services: [DrainingService(application: application, server: services, timeout: timeout)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: services.quietLog)
        // What even failed requests cannot end, such as a client that takes nothing, is cut off.
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
            throw services.options.cannotListen("the host is not known")
        }
    }

    /// The application, for tests to run in their own way.
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

/// The application as a service that gives running requests a limited time once it is asked to stop.
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
    /// For libraries, which say much that is nobody's concern.
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

    /// RFC 3986, section 3.2.2: an IPv6 address stands in brackets.
    private func authority(port: Int) -> String { "\(Authority.host(host)):\(port)" }

    package func url(port bound: Int?) -> String {
        let scheme = tls == nil ? "http" : "https"
        return socketPath.map { "\(scheme)+unix://\($0)" } ?? "\(scheme)://\(authority(port: bound ?? port))"
    }
}
