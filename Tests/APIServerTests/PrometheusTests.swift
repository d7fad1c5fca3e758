import APIServer
import Metrics
import Needletail
import Testing

struct PrometheusTests {
    @Test func `counters, gauges and histograms in the text format`() {
        let registry = PrometheusRegistry([
            MetricDefinition("a", .counter, "A."), MetricDefinition("b", .gauge, "B."),
            MetricDefinition("c", .histogram, "C.", buckets: [1, 2]),
        ])
        let counter = Counter(label: "a", dimensions: [("x", "1\"\\\n")], factory: registry)
        counter.increment(by: 2)
        counter.increment()
        Gauge(label: "b", dimensions: [], factory: registry).record(0.5)
        let histogram = Recorder(label: "c", dimensions: [("y", "z")], aggregate: true, factory: registry)
        for value in [0.5, 1, 1.5, 3] { histogram.record(value) }
        #expect(
            registry.text == """
                # HELP a_total A.
                # TYPE a_total counter
                a_total{x="1\\"\\\\\\n"} 3.0
                # HELP b B.
                # TYPE b gauge
                b{} 0.5
                # HELP c C.
                # TYPE c histogram
                c_bucket{y="z",le="1.0"} 2
                c_bucket{y="z",le="2.0"} 3
                c_bucket{y="z",le="+Inf"} 4
                c_count{y="z"} 4
                c_sum{y="z"} 6.0

                """)
    }

    @Test func `the same labels are the same number`() {
        let registry = PrometheusRegistry([])
        for _ in 0..<2 { Counter(label: "a", dimensions: [("x", "1")], factory: registry).increment() }
        #expect(registry.text.contains("a_total{x=\"1\"} 2.0"))
    }
}
