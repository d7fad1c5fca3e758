import EngineTypes
package import Logging
import Metrics
import Needletail
import Support
import Synchronization

/// What routes share.
package final class ServerServices: Sendable {
    let models: ServedModels
    let options: ServerOptions
    let registry: PrometheusRegistry
    let keys: APIKeys
    let httpMetrics: HTTPMetrics
    let responses: ResponseStore
    let routes: [any Route]
    /// Where bodies are read and large answers written.
    let workers: WorkPool
    let log: Logger
    /// Requests for model work that have no answer yet.
    let load = Atomic<Int>(0)
    /// Seconds since 1970 when the server started.
    let startTime = WallClock.seconds

    package init(models: ServedModels, options: ServerOptions, registry: PrometheusRegistry, log: Logger) {
        self.models = models
        self.options = options
        self.registry = registry
        self.log = log
        keys = APIKeys(options.apiKeys)
        workers = WorkPool(threadCount: (models.all.map(\.info.threadCount).max() ?? 1) / 2)
        httpMetrics = HTTPMetrics(factory: registry)
        responses = ResponseStore(maxCount: options.maxStoredResponseCount)
        routes = RouteTable.routes(options)
    }

    /// Ends running requests, and those whose bodies have not been read yet, with an error.
    func beginShutdown() {
        for client in models.all { client.beginShutdown() }
        workers.stop()
    }

    /// Whether a route takes requests with a key only. The route decides, never what the client says of itself.
    func isGuarded(_ route: any Route) -> Bool { !keys.isEmpty && !options.publicPaths.contains(route.path) }
}
