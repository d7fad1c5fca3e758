/// The style sheet of a drawing. It sets its own background to be readable on any page, and follows the reader's choice
/// of light or dark.
enum PlotStyle {
    static let sheet = """
        text { font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif; }
        .page { fill: #ffffff; }
        .title { font-size: 17px; font-weight: 600; fill: #1f2328; }
        .heading { font-size: 13px; font-weight: 600; fill: #1f2328; }
        .note { font-size: 12px; fill: #59636e; }
        .tick { font-size: 11px; fill: #59636e; }
        .value { font-size: 11px; fill: #1f2328; }
        .grid { stroke: #d1d9e0; stroke-width: 1; }
        .axis { stroke: #818b98; stroke-width: 1; }
        .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
        .dashed { stroke-dasharray: 2 5; }
        .area { stroke: none; fill-opacity: 0.1; }
        .first { stroke: #0969da; }
        .second { stroke: #c2410c; }
        .dot-first { fill: #0969da; }
        .dot-second { fill: #c2410c; }
        .ring-first { fill: #ffffff; stroke: #0969da; stroke-width: 2; }
        .ring-second { fill: #ffffff; stroke: #c2410c; stroke-width: 2; }
        @media (prefers-color-scheme: dark) {
        .page { fill: #0d1117; }
        .title, .heading, .value { fill: #f0f6fc; }
        .note, .tick { fill: #9198a1; }
        .grid { stroke: #2a313c; }
        .axis { stroke: #656c76; }
        .first { stroke: #58a6ff; }
        .second { stroke: #f0883e; }
        .dot-first { fill: #58a6ff; }
        .dot-second { fill: #f0883e; }
        .ring-first { fill: #0d1117; stroke: #58a6ff; }
        .ring-second { fill: #0d1117; stroke: #f0883e; }
        }
        """
}

/// One line of a panel.
struct PlotSeries: Sendable {
    enum Color: String, Sendable {
        case first, second
    }

    var name: String
    var color: Color
    var isDashed = false
    /// Points in ascending order of x.
    var points: [(x: Int, y: Double)]

    var lineStyle: String { "line \(color.rawValue)" + (isDashed ? " dashed" : "") }
    /// The style of the markers: rings on dashed lines, so that lines differ without colour too.
    var markerStyle: String { (isDashed ? "ring-" : "dot-") + color.rawValue }
}
