import Benchmarking
import Support
import Testing

@Suite struct PlotTests {
    private let sweep: JSONValue = [
        [
            "max_concurrency": 4, "output_throughput": 150.5, "median_ttft_ms": 80.0, "p99_ttft_ms": 300.0,
            "median_itl_ms": 9.0, "p99_itl_ms": 40.0,
        ],
        [
            "max_concurrency": 1, "output_throughput": 60.0, "median_ttft_ms": 40.0, "p99_ttft_ms": 45.0,
            "median_itl_ms": 7.0, "p99_itl_ms": 8.0,
        ],
    ]

    @Test func `points are read from one result or from several`() throws {
        let points = try #require(SweepPoint.points(sweep))
        #expect(points.map(\.concurrency) == [4, 1])
        #expect(points[0].latencies["p99_itl_ms"] == 40)
        #expect(
            SweepPoint.points(["max_concurrent_requests": 3, "max_concurrency": .null, "output_throughput": 1.0])?
                .map(\.concurrency) == [3])
        #expect(SweepPoint.points(["max_concurrency": 3]) == nil)
        #expect(SweepPoint.points([]) == nil)
    }

    @Test func `a title names the model without its path`() {
        let head = SweepPoint.head([
            "model_id": "/models/m.gguf", "completed": 4, "total_input_tokens": 40, "total_output_tokens": 10,
        ])
        #expect(head.title == "m.gguf")
        #expect(head.note == "4 requests per run, 10 input and 2 output tokens per request")
        #expect(SweepPoint.head([]).title == "bench serve")
    }

    @Test func `the SVG is well-formed`() throws {
        let points = try #require(SweepPoint.points(sweep))
        let svg = SweepPlot(title: "a <b> & \"c\"", points: points).svg
        #expect(unbalancedElement(svg) == nil)
        #expect(svg.contains("a &lt;b&gt; &amp; &quot;c&quot;"))
        for label in ["TTFT p50", "TTFT p99", "ITL p50", "ITL p99", "Output throughput", "concurrent requests", "150"] {
            #expect(svg.contains(label), "\(label)")
        }
        #expect(!svg.contains("nan") && !svg.contains("inf"))
    }

    @Test func `a single run without latencies can be drawn`() {
        let svg = SweepPlot(
            title: "m", points: [SweepPoint(concurrency: 8, outputThroughput: 0, latencies: [:])]
        ).svg
        #expect(unbalancedElement(svg) == nil)
        #expect(!svg.contains("TTFT") && !svg.contains("nan"))
    }

    private static let linearTicks: [(largest: Double, ticks: [Double])] = [
        (0, [0, 0.2, 0.4, 0.6, 0.8, 1]), (7, [0, 2, 4, 6, 8]), (100, [0, 20, 40, 60, 80, 100]),
        (216, [0, 50, 100, 150, 200, 250]), (1300, [0, 500, 1000, 1500]),
    ]

    @Test(arguments: linearTicks) func `ticks of a linear axis are round numbers`(largest: Double, ticks: [Double]) {
        let scale = AxisScale.linear(upTo: largest)
        #expect(scale.ticks.count == ticks.count)
        for (tick, expected) in zip(scale.ticks, ticks) { #expect((tick - expected).magnitude < 1e-9) }
    }

    @Test func `ticks of a logarithmic axis are round numbers`() {
        #expect(AxisScale.logarithmic([7, 40, 300]).ticks.map { $0.rounded() } == [5, 10, 20, 50, 100, 200, 500])
        #expect(AxisScale.logarithmic([3, 9000]).ticks.map { $0.rounded() } == [1, 10, 100, 1000, 10000])
        #expect(AxisScale.logarithmic([20, 20]).ticks.map { $0.rounded() } == [20, 50])
        let scale = AxisScale.logarithmic([10, 1000])
        #expect((scale.position(100) - 0.5).magnitude < 1e-9)
    }

    @Test(arguments: [(0.25, "0.25"), (2, "2"), (2.5, "2.5"), (12.5, "12.5"), (150, "150"), (10_000, "10000")])
    func `tick labels have no needless digits`(value: Double, label: String) {
        #expect(AxisScale.label(value) == label)
    }

    /// The first element that is not closed where it should be.
    private func unbalancedElement(_ svg: String) -> String? {
        var open: [Substring] = []
        for part in svg.split(separator: "<") {
            guard let end = part.firstIndex(of: ">") else { return String(part) }
            let tag = part[..<end]
            if tag.hasSuffix("/") { continue }
            guard tag.hasPrefix("/") else {
                open.append(tag.prefix { $0 != " " })
                continue
            }
            guard open.popLast() == tag.dropFirst() else { return String(tag) }
        }
        return open.last.map(String.init)
    }
}
