/// Prepends a prefix to text that is not empty.
struct PrependNormalizer: Normalizer {
    var prefix: [UInt8]

    func normalize(_ bytes: inout [UInt8]) {
        if !bytes.isEmpty { bytes.insert(contentsOf: prefix, at: 0) }
    }
}
