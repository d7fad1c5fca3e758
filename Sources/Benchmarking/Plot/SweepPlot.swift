/// The drawing of `bench plot`: throughput and latencies against concurrency.
package struct SweepPlot: Sendable {
    private static let width = 980.0
    private static let height = 460.0
    private static let xLabel = "concurrent requests"

    private let title: String
    private let note: String
    private let points: [SweepPoint]

    /// `note`: a line below the title; `points`: at least one, in any order.
    package init(title: String, note: String = "", points: [SweepPoint]) {
        precondition(!points.isEmpty, "a plot needs a point")
        self.title = title
        self.note = note
        self.points = points.sorted { $0.concurrency < $1.concurrency }
    }

    /// The SVG document.
    package var svg: String {
        var svg = SVGWriter()
        let size = (SVGWriter.number(Self.width), SVGWriter.number(Self.height))
        svg.group(
            "svg",
            [
                "xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 \(size.0) \(size.1)", "width": size.0,
                "height": size.1, "role": "img",
            ]
        ) { svg in
            svg.element("title", text: title)
            svg.element("style", text: PlotStyle.sheet)
            svg.element("rect", ["width": size.0, "height": size.1, "rx": "8", "class": "page"])
            svg.label(title, x: 24, y: 36, "title")
            svg.label(note, x: 24, y: 58, "note")
            throughput.draw(&svg)
            if !latencySeries.isEmpty { latencies.draw(&svg) }
        }
        return svg.text
    }

    private var throughput: PlotPanel {
        let line = PlotSeries(
            name: "output", color: .first, points: points.map { ($0.concurrency, $0.outputThroughput) })
        return PlotPanel(
            left: 64, top: 136, width: 384, height: 260, heading: "Output throughput, tokens/s", xLabel: Self.xLabel,
            x: .values(points.map(\.concurrency)), y: .linear(upTo: (line.points.map(\.y).max() ?? 0) * 1.08),
            series: [line], showsValues: true)
    }

    private var latencies: PlotPanel {
        PlotPanel(
            left: 564, top: 136, width: 384, height: 260, heading: "Latency, ms (logarithmic)", xLabel: Self.xLabel,
            x: .values(points.map(\.concurrency)), y: .logarithmic(latencySeries.flatMap { $0.points.map(\.y) }),
            series: latencySeries)
    }

    /// The latencies that were measured: time to first token and gaps between tokens, median and 99th percentile.
    private var latencySeries: [PlotSeries] {
        [
            series("TTFT p50", "median_ttft_ms", .first), series("TTFT p99", "p99_ttft_ms", .first, isDashed: true),
            series("ITL p50", "median_itl_ms", .second), series("ITL p99", "p99_itl_ms", .second, isDashed: true),
        ].filter { !$0.points.isEmpty }
    }

    private func series(
        _ name: String, _ key: String, _ color: PlotSeries.Color, isDashed: Bool = false
    ) -> PlotSeries {
        let values = points.compactMap { point in point.latencies[key].map { (point.concurrency, $0) } }
        return PlotSeries(name: name, color: color, isDashed: isDashed, points: values)
    }
}
