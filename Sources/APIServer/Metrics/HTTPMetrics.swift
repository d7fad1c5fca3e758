import HTTPTypes
import Metrics
import Needletail

/// Counts and durations of HTTP requests, by route.
struct HTTPMetrics: Sendable {
    static let definitions = [
        MetricDefinition("http_requests", .counter, "HTTP requests by route, method and status class."),
        MetricDefinition(
            "http_request_duration_seconds", .histogram,
            "Seconds from the head of a request to the last byte of its answer.",
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
