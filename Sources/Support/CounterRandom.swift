/// Random numbers that are a function of what they are for, never of what was drawn before: Philox4x32-10 (Salmon et
/// al. 2011) keyed by a request's seed, counting over (child, position, draw). Batching, preemption and speculation
/// cannot change them.
package struct CounterRandom: Sendable {
    private let key: SIMD2<UInt32>

    package init(seed: UInt64) {
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    }

    /// The block of 128 bits at a counter.
    package func block(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
        var value = counter
        var key = key
        for _ in 0..<10 {
            let first = UInt64(0xD251_1F53) * UInt64(value[0])
            let second = UInt64(0xCD9E_8D57) * UInt64(value[2])
            value = SIMD4(
                UInt32(truncatingIfNeeded: second >> 32) ^ value[1] ^ key[0], UInt32(truncatingIfNeeded: second),
                UInt32(truncatingIfNeeded: first >> 32) ^ value[3] ^ key[1], UInt32(truncatingIfNeeded: first))
            key = SIMD2(key[0] &+ 0x9E37_79B9, key[1] &+ 0xBB67_AE85)
        }
        return value
    }

    /// A 64-bit word for item `number` of a sequence.
    package func word(at number: UInt64) -> UInt64 {
        let bits = block(
            SIMD4(UInt32(truncatingIfNeeded: number), UInt32(truncatingIfNeeded: number >> 32), 0, 1))
        return UInt64(bits[0]) << 32 | UInt64(bits[1])
    }

    /// A number in [0, 1) with 53 random bits, for one draw at one position of a sequence.
    package func uniform(child: Int = 0, position: Int, draw: Int = 0) -> Double {
        let bits = block(
            SIMD4(
                UInt32(truncatingIfNeeded: position), UInt32(truncatingIfNeeded: draw),
                UInt32(truncatingIfNeeded: child), 0))
        let word = UInt64(bits[0]) << 32 | UInt64(bits[1])
        return Double(word >> 11) * 0x1p-53
    }
}
