/// Maps every scalar to lowercase without regard to context.
struct LowercaseNormalizer: Normalizer {
    func normalize(_ bytes: inout [UInt8]) {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            output += scalar.properties.lowercaseMapping.utf8
        }
        bytes = output
    }
}
