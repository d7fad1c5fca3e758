/// A short fingerprint of everything besides the request that an answer depends on.
enum Fingerprint {
    /// 64-bit FNV-1a (Fowler, Noll, Vo) over the parts and the sample, in hexadecimal.
    static func text(_ parts: [String], _ sample: [UInt8]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in Array(parts.joined(separator: "\n").utf8) + sample {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return "fp_" + String(hash, radix: 16)
    }
}
