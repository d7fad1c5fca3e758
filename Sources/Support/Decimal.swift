/// Numbers with a fixed count of decimals.
package enum Decimal {
    /// `12.30` for (12.3, 2); magnitudes beyond 64-bit integers and what is no number print as Swift has them.
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
