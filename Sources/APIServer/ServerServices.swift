import EngineTypes
package import Logging
import Metrics
import Needletail
import Support
import Synchronization

/// State and services that all routes share.
package final class ServerServices: Sendable {
    let models: ServedModels
    let options: ServerOptions
    let registry: PrometheusRegistry
    let keys: APIKeys
    let httpMetrics: HTTPMetrics
    let responses: ResponseStore
    let routes: [any Route]
    /// Threads that parse request bodies and serialize large answers.
    let workers: WorkPool
    let log: Logger
    /// Model requests that have not been answered yet, as `/load` reports them.
    let load = Atomic<Int>(0)
    /// Start of the server, in seconds since 1970.
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

    /// Whether a route requires a key. The matched route decides, never anything that the client sends.
    func isGuarded(_ route: any Route) -> Bool { !keys.isEmpty && !options.publicPaths.contains(route.path) }
}
