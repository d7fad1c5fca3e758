/// Replaces every match of a pattern with a text.
struct ReplaceNormalizer: Normalizer {
    var pattern: SplitPattern
    var content: [UInt8]

    func normalize(_ bytes: inout [UInt8]) {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if let end = pattern.matchEnd(in: bytes.span, from: index, to: bytes.count) {
                output += content
                index = end
            } else {
                let end = index + UTF8Scalars.decode(bytes.span, at: index).length
                output += bytes[index..<end]
                index = end
            }
        }
        bytes = output
    }
}
