/// A hash function of the SHA family (FIPS 180-4) that reads blocks of 64 bytes and has a state of up to eight words.
package protocol SecureHashFunction: Sendable {
    static var initialState: SIMD8<UInt32> { get }
    /// Words of the state that make up the digest.
    static var wordCount: Int { get }
    /// Mixes a block of 16 big-endian words into the state. `schedule`: room for 80 words.
    static func compress(
        _ state: inout SIMD8<UInt32>, _ block: UnsafeRawPointer, _ schedule: UnsafeMutablePointer<UInt32>)
}

/// Hashes bytes as they come.
@safe package struct SecureHash<Function: SecureHashFunction>: Sendable {
    private var state = Function.initialState
    /// Bytes of a block that is not full.
    private var rest: [UInt8] = []
    private var byteCount: UInt64 = 0

    package init() { rest.reserveCapacity(64) }

    package mutating func update(_ bytes: some Sequence<UInt8>) {
        let isContiguous: Void? = bytes.withContiguousStorageIfAvailable { unsafe update(UnsafeRawBufferPointer($0)) }
        if isContiguous == nil { update(Array(bytes)) }
    }

    private mutating func update(_ bytes: UnsafeRawBufferPointer) {
        byteCount += UInt64(bytes.count)
        var bytes = unsafe bytes[...]
        if !rest.isEmpty {
            let taken = unsafe min(64 - rest.count, bytes.count)
            unsafe rest.append(contentsOf: bytes.prefix(taken))
            unsafe bytes = bytes.dropFirst(taken)
            guard rest.count == 64 else { return }
            unsafe rest.withUnsafeBytes { unsafe compress($0) }
            rest.removeAll(keepingCapacity: true)
        }
        let whole = unsafe bytes.count / 64 * 64
        unsafe compress(UnsafeRawBufferPointer(rebasing: bytes.prefix(whole)))
        unsafe rest.append(contentsOf: bytes.dropFirst(whole))
    }

    private mutating func compress(_ blocks: UnsafeRawBufferPointer) {
        guard blocks.count > 0, let start = blocks.baseAddress else { return }
        unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { schedule in
            for offset in stride(from: 0, to: blocks.count, by: 64) {
                unsafe Function.compress(&state, start + offset, schedule.baseAddress!)
            }
        }
    }

    /// The state after the padding: the digest's words, the first one first.
    package mutating func finish() -> SIMD8<UInt32> {
        let bitCount = byteCount * 8
        let zeros = (119 - rest.count) % 64
        var padding: [UInt8] = [0x80] + Array(repeating: 0, count: zeros)
        for shift in stride(from: 56, through: 0, by: -8) {
            padding.append(UInt8(truncatingIfNeeded: bitCount >> shift))
        }
        update(padding)
        return state
    }

    /// The digest of some bytes as words.
    package static func words(of bytes: some Sequence<UInt8>) -> SIMD8<UInt32> {
        var hash = SecureHash()
        hash.update(bytes)
        return hash.finish()
    }

    /// The digest as hexadecimal digits.
    package mutating func hexDigest() -> String {
        let words = finish()
        return (0..<Function.wordCount).map { index in
            let digits = String(words[index], radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }
}

package typealias SHA256 = SecureHash<SHA256Function>
package typealias SHA1 = SecureHash<SHA1Function>

extension UnsafeRawPointer {
    fileprivate func bigEndianWord(_ index: Int) -> UInt32 {
        unsafe UInt32(bigEndian: loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
    }
}

extension UInt32 {
    fileprivate func rotatedLeft(_ count: UInt32) -> UInt32 { self << count | self >> (32 - count) }
    fileprivate func rotatedRight(_ count: UInt32) -> UInt32 { self >> count | self << (32 - count) }
}

package enum SHA256Function: SecureHashFunction {
    package static let initialState = SIMD8<UInt32>(
        0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19)
    package static let wordCount = 8

    /// The fractions of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4, 0xAB1C_5ED5,
        0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE, 0x9BDC_06A7, 0xC19B_F174,
        0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F, 0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA,
        0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7, 0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967,
        0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC, 0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85,
        0xA2BF_E8A1, 0xA81A_664B, 0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070,
        0x19A4_C116, 0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3,
        0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7, 0xC671_78F2,
    ]

    package static func compress(
        _ state: inout SIMD8<UInt32>, _ block: UnsafeRawPointer, _ schedule: UnsafeMutablePointer<UInt32>
    ) {
        for index in 0..<16 { unsafe schedule[index] = unsafe block.bigEndianWord(index) }
        for index in 16..<64 {
            let (early, late) = unsafe (schedule[index - 15], schedule[index - 2])
            let first = early.rotatedRight(7) ^ early.rotatedRight(18) ^ early >> 3
            let second = late.rotatedRight(17) ^ late.rotatedRight(19) ^ late >> 10
            unsafe schedule[index] = schedule[index - 16] &+ first &+ schedule[index - 7] &+ second
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        unsafe constants.withUnsafeBufferPointer { constants in
            for index in 0..<64 {
                let sum = e.rotatedRight(6) ^ e.rotatedRight(11) ^ e.rotatedRight(25)
                let choice = e & f ^ ~e & g
                let first = unsafe h &+ sum &+ choice &+ constants[index] &+ schedule[index]
                let other = a.rotatedRight(2) ^ a.rotatedRight(13) ^ a.rotatedRight(22)
                let second = other &+ (a & b ^ a & c ^ b & c)
                (h, g, f, e) = (g, f, e, d &+ first)
                (d, c, b, a) = (c, b, a, first &+ second)
            }
        }
        state = state &+ SIMD8(a, b, c, d, e, f, g, h)
    }
}

/// For Git's object names alone: collisions can be made.
package enum SHA1Function: SecureHashFunction {
    package static let initialState = SIMD8<UInt32>(
        0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0, 0, 0, 0)
    package static let wordCount = 5

    package static func compress(
        _ state: inout SIMD8<UInt32>, _ block: UnsafeRawPointer, _ schedule: UnsafeMutablePointer<UInt32>
    ) {
        for index in 0..<16 { unsafe schedule[index] = unsafe block.bigEndianWord(index) }
        for index in 16..<80 {
            let mixed = unsafe schedule[index - 3] ^ schedule[index - 8] ^ schedule[index - 14] ^ schedule[index - 16]
            unsafe schedule[index] = mixed.rotatedLeft(1)
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for index in 0..<80 {
            let (mixed, constant): (UInt32, UInt32) =
                switch index / 20 {
                case 0: (b & c | ~b & d, 0x5A82_7999)
                case 1: (b ^ c ^ d, 0x6ED9_EBA1)
                case 2: (b & c | b & d | c & d, 0x8F1B_BCDC)
                default: (b ^ c ^ d, 0xCA62_C1D6)
                }
            let next = unsafe a.rotatedLeft(5) &+ mixed &+ e &+ constant &+ schedule[index]
            (e, d, c, b, a) = (d, c, b.rotatedLeft(30), a, next)
        }
        state = state &+ SIMD8(a, b, c, d, e, 0, 0, 0)
    }
}
