/// The upper half of a float32: 8 exponent bits, 7 fraction bits.
package struct BFloat16: Hashable, Sendable {
    package var bitPattern: UInt16

    package init(bitPattern: UInt16) { self.bitPattern = bitPattern }

    /// Rounds to nearest, ties to even; a NaN stays a (quiet) NaN.
    package init(_ value: Float) {
        let bits = value.bitPattern
        if value.isNaN {
            bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x40
        } else {
            bitPattern = UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16) & 1) >> 16)
        }
    }

    package var float: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}
