import EngineTypes
package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import Needletail
import ServiceLifecycle
import UnixSignals

/// The HTTP server: vLLM's OpenAI routes over any number of engines.
package struct APIServer: Sendable {
    private let services: ServerServices

    package init(models: ServedModels, options: ServerOptions, registry: PrometheusRegistry, log: Logger) {
        services = ServerServices(models: models, options: options, registry: registry, log: log)
    }

    /// Serves until SIGTERM or SIGINT, lets requests finish within the shutdown timeout and returns. Throws `EngineError`
    /// where it cannot listen.
    package func run() async throws {
        let timeout = services.options.shutdownTimeout
        var configuration = ServiceGroupConfiguration(
            services: [DrainingService(application: application, models: services.models, timeout: timeout)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: services.quietLog)
        // What even failed requests cannot end, such as a client that takes nothing, is cut off.
        configuration.maximumGracefulShutdownDuration = timeout + .seconds(2)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            return
        } catch let error as IOError {
            throw EngineError("--host, --port: cannot listen on \(services.options.address): \(error)")
        }
    }

    /// The application, for tests to run in their own way.
    package var application: some ApplicationProtocol {
        let options = services.options
        let log = services.log
        var decoder = HTTP1Channel.Configuration.DecoderConfiguration()
        decoder.maxHeaderFieldSize = options.maxHeaderByteCount
        decoder.maxHeaderListSize = options.maxHeaderByteCount
        decoder.maxHeaderFieldCount = options.maxHeaderCount
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionGuard(options: options)], httpDecoderConfiguration: decoder)
        return Application(
            responder: RouteTable.router(services).buildResponder(),
            server: HTTPServerBuilder { responder in
                DeferredHTTPChannel(base: HTTP1Channel(responder: responder, configuration: channel))
            },
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), backlog: 1024),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? options.port
                log.notice("listening on http://\(options.host):\(port)")
            },
            logger: services.quietLog)
    }
}

/// The application as a service that gives running requests a limited time once it is asked to stop.
private struct DrainingService<App: ApplicationProtocol>: Service {
    let application: App
    let models: ServedModels
    let timeout: Duration

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await application.run()
        } onGracefulShutdown: { [models, timeout] in
            Task {
                try await Task.sleep(for: timeout)
                for client in models.all { client.beginShutdown() }
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
    var address: String { "\(host):\(port)" }
}
