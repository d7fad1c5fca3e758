import Needletail

/// `GET /metrics`: all metrics in Prometheus text format.
struct MetricsRoute: Route {
    let path = "/metrics"
    let operation = Operation(summary: "Return the metrics for Prometheus.", answer: .text(contentType: "text/plain"))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        for client in services.models.all { await client.refreshMetrics() }
        return .text(
            services.registry.text + ProcessMetrics.text, contentType: "text/plain; version=0.0.4; charset=utf-8")
    }
}
