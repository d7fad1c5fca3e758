import Support

/// Writes SVG elements, with text and attribute values escaped.
struct SVGWriter: Sendable {
    private(set) var text = ""

    mutating func element(
        _ name: String, _ attributes: KeyValuePairs<String, String> = [:], text content: String? = nil
    ) {
        write(name, attributes)
        text += content.map { ">\(Self.escaped($0))</\(name)>\n" } ?? "/>\n"
    }

    mutating func group(
        _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: (inout SVGWriter) -> Void
    ) {
        write(name, attributes)
        text += ">\n"
        content(&self)
        text += "</\(name)>\n"
    }

    private mutating func write(_ name: String, _ attributes: KeyValuePairs<String, String>) {
        text += "<\(name)"
        for (key, value) in attributes { text += " \(key)=\"\(Self.escaped(value))\"" }
    }

    /// A coordinate rounded to a tenth of a pixel.
    static func number(_ value: Double) -> String {
        let text = Decimal.text(value, places: 1)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// Escapes text for XML, without the control characters that XML cannot represent.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\t", "\n", "\r": escaped.unicodeScalars.append(scalar)
            case ..<"\u{20}", "\u{FFFE}", "\u{FFFF}": continue
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension SVGWriter {
    /// Writes a line of text; `anchor` is `start`, `middle` or `end`.
    mutating func label(_ content: String, x: Double, y: Double, _ style: String, anchor: String = "start") {
        element(
            "text", ["x": Self.number(x), "y": Self.number(y), "class": style, "text-anchor": anchor], text: content)
    }

    mutating func line(from start: PlotPoint, to end: PlotPoint, _ style: String) {
        element(
            "line",
            [
                "x1": Self.number(start.x), "y1": Self.number(start.y), "x2": Self.number(end.x),
                "y2": Self.number(end.y), "class": style,
            ])
    }

    mutating func path(_ points: [PlotPoint], _ style: String, isClosed: Bool = false) {
        let steps = points.enumerated().map { index, point in
            "\(index == 0 ? "M" : "L")\(Self.number(point.x)) \(Self.number(point.y))"
        }
        element("path", ["d": steps.joined(separator: " ") + (isClosed ? " Z" : ""), "class": style])
    }

    mutating func marker(_ point: PlotPoint, _ style: String) {
        element("circle", ["cx": Self.number(point.x), "cy": Self.number(point.y), "r": "3.5", "class": style])
    }
}

/// A point on the drawing, in pixels from its upper left corner.
struct PlotPoint: Hashable, Sendable {
    var x: Double
    var y: Double
}
