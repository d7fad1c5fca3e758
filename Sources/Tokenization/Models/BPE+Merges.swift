/// The merges of a file, best first: as lines `left right` or as pairs.
enum MergeList: Sendable {
    case lines([String])
    case pairs([(String, String)])
}

extension MergeTable {
    /// Resolves merges against a vocabulary, which has to hold both parts and the result of each.
    init(_ list: MergeList, vocabulary: Vocabulary, decoder: ByteLevelDecoder) throws(TokenizerError) {
        var reader = MergeReader(vocabulary: vocabulary, decoder: decoder)
        switch list {
        case .lines(let lines):
            self.init(capacity: lines.count)
            for (rank, line) in lines.enumerated() {
                guard let space = line.utf8.firstIndex(of: UInt8(ascii: " ")) else {
                    throw .invalid(field: "merges[\(rank)]", value: line, allowed: "two tokens with a space between")
                }
                let after = line.utf8.index(after: space)
                let merge = try reader.read(line.utf8[..<space], line.utf8[after...], rank: rank)
                insert(merge.left, merge.right, Merge(rank: UInt32(rank), id: merge.merged))
            }
        case .pairs(let pairs):
            self.init(capacity: pairs.count)
            for (rank, (left, right)) in pairs.enumerated() {
                let merge = try reader.read(left.utf8[...], right.utf8[...], rank: rank)
                insert(merge.left, merge.right, Merge(rank: UInt32(rank), id: merge.merged))
            }
        }
    }
}

/// Finds the ids of merges with one buffer for all.
private struct MergeReader {
    let vocabulary: Vocabulary
    let decoder: ByteLevelDecoder
    var buffer: [UInt8] = []

    init(vocabulary: Vocabulary, decoder: ByteLevelDecoder) {
        self.vocabulary = vocabulary
        self.decoder = decoder
    }

    mutating func read(
        _ left: Substring.UTF8View, _ right: Substring.UTF8View, rank: Int
    ) throws(TokenizerError) -> (left: UInt32, right: UInt32, merged: UInt32) {
        buffer.removeAll(keepingCapacity: true)
        let areSpelled = decoder.append(left, to: &buffer)
        let middle = buffer.count
        guard areSpelled, decoder.append(right, to: &buffer),
            let leftID = vocabulary.id(ofBytes: buffer.span, 0..<middle),
            let rightID = vocabulary.id(ofBytes: buffer.span, middle..<buffer.count),
            let mergedID = vocabulary.id(ofBytes: buffer)
        else {
            throw .inconsistent(
                "merges[\(rank)], \(Substring(left)) + \(Substring(right)), names a token that is not in the vocabulary"
            )
        }
        return (leftID, rightID, mergedID)
    }
}
