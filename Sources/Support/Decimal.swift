/// Formats numbers with a fixed number of decimals.
package enum Decimal {
    /// The number with `places` decimals, such as `12.30` for (12.3, 2); values that are not finite, or too large for
    /// 64-bit integers, in Swift's own format.
    package static func text(_ value: Double, places: Int) -> String {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        guard let scaled = Int(exactly: (value.magnitude * scale).rounded()) else { return String(value) }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return sign + String(scaled) }
        let unit = Int(scale)
        let decimals = String(scaled % unit)
        return sign + "\(scaled / unit)." + String(repeating: "0", count: places - decimals.count) + decimals
    }
}
