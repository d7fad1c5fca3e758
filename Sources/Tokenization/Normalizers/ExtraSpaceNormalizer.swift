/// Makes runs of spaces one space, and leaves out the spaces at both ends; other white space stays.
struct ExtraSpaceNormalizer: Normalizer {
    func normalize(_ bytes: inout [UInt8]) {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        for byte in bytes where byte != Spaces.space || output.last != Spaces.space {
            if byte != Spaces.space || !output.isEmpty { output.append(byte) }
        }
        if output.last == Spaces.space { output.removeLast() }
        bytes = output
    }
}
