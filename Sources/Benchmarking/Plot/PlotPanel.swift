import Support

/// One coordinate system with its heading, axes, lines and legend.
struct PlotPanel: Sendable {
    /// The area between the axes, in pixels.
    var left: Double
    var top: Double
    var width: Double
    var height: Double

    var heading: String
    var xLabel: String
    var x: AxisScale
    var y: AxisScale
    var series: [PlotSeries]
    /// Writes the values beside the points and shades the area below: for a panel with a single line.
    var showsValues = false

    /// Minimum distance between two labels on the x axis, in pixels.
    private static let labelSpacing = 30.0
    /// Minimum distance between two values beside points, in pixels.
    private static let valueSpacing = 46.0

    private var bottom: Double { top + height }

    private func point(_ x: Int, _ y: Double) -> PlotPoint {
        PlotPoint(x: place(self.x.position(Double(x))), y: bottom - height * self.y.position(y))
    }

    /// The x coordinate of a position on the x axis; the first and the last tick keep off the edges.
    private func place(_ position: Double) -> Double { left + 18 + (width - 36) * position }

    func draw(_ svg: inout SVGWriter) {
        svg.label(heading, x: left - 40, y: top - 44, "heading")
        drawAxes(&svg)
        for series in series { draw(series, &svg) }
        if series.count > 1 { drawLegend(&svg) }
    }

    private func drawAxes(_ svg: inout SVGWriter) {
        for tick in y.ticks {
            let height = bottom - height * y.position(tick)
            let style = tick == y.ticks.first ? "axis" : "grid"
            svg.line(from: PlotPoint(x: left, y: height), to: PlotPoint(x: left + width, y: height), style)
            svg.label(AxisScale.label(tick), x: left - 8, y: height + 4, "tick", anchor: "end")
        }
        var lastLabel = -Double.infinity
        for tick in x.ticks {
            let place = place(x.position(tick))
            svg.line(from: PlotPoint(x: place, y: bottom), to: PlotPoint(x: place, y: bottom + 5), "axis")
            guard place - lastLabel >= Self.labelSpacing else { continue }
            lastLabel = place
            svg.label(AxisScale.label(tick), x: place, y: bottom + 19, "tick", anchor: "middle")
        }
        svg.label(xLabel, x: left + width / 2, y: bottom + 40, "note", anchor: "middle")
    }

    private func draw(_ series: PlotSeries, _ svg: inout SVGWriter) {
        let points = series.points.map { point($0.x, $0.y) }
        guard let first = points.first, let last = points.last else { return }
        if showsValues {
            let ends = [PlotPoint(x: last.x, y: bottom), PlotPoint(x: first.x, y: bottom)]
            svg.path(points + ends, "area dot-\(series.color.rawValue)", isClosed: true)
        }
        svg.path(points, series.lineStyle)
        for point in points { svg.marker(point, series.markerStyle) }
        if showsValues { drawValues(series, points, &svg) }
    }

    private func drawValues(_ series: PlotSeries, _ points: [PlotPoint], _ svg: inout SVGWriter) {
        var lastValue = -Double.infinity
        for (point, value) in zip(points, series.points) where point.x - lastValue >= Self.valueSpacing {
            lastValue = point.x
            let places = value.y >= 100 ? 0 : 1
            svg.label(Decimal.text(value.y, places: places), x: point.x, y: point.y - 10, "value", anchor: "middle")
        }
    }

    private func drawLegend(_ svg: inout SVGWriter) {
        var x = left - 40
        for series in series {
            let y = top - 26
            svg.path([PlotPoint(x: x, y: y), PlotPoint(x: x + 26, y: y)], series.lineStyle)
            svg.marker(PlotPoint(x: x + 13, y: y), series.markerStyle)
            svg.label(series.name, x: x + 33, y: y + 4, "note")
            x += 33 + 7 * Double(series.name.count) + 18
        }
    }
}
