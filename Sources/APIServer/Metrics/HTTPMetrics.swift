import HTTPTypes
import Metrics
import Needletail

/// Requests by route, and how long they took.
struct HTTPMetrics: Sendable {
    static let definitions = [
        MetricDefinition("http_requests", .counter, "Requests by route, method and kind of status."),
        MetricDefinition(
            "http_request_duration_seconds", .histogram, "From head to the last byte of the answer.",
            buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]),
    ]

    private let factory: any MetricsFactory

    init(factory: any MetricsFactory) { self.factory = factory }

    func record(_ route: any Route, status: HTTPResponse.Status, seconds: Double) {
        let labels = [("handler", route.path), ("method", route.method.rawValue)]
        Counter(
            label: "http_requests", dimensions: labels + [("status", "\(status.code / 100)xx")], factory: factory
        ).increment()
        Recorder(label: "http_request_duration_seconds", dimensions: labels, aggregate: true, factory: factory)
            .record(seconds)
    }
}
