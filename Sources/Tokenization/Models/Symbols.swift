/// The symbols from which merges start: bytes in a byte-level vocabulary, characters in others.
///
/// A character that is no token, but part of one, can still be merged: it gets an id beyond the vocabulary, which
/// merges know and which becomes bytes if it is left over.
struct Symbols: Sendable {
    /// Marks a symbol without a token.
    static let none = UInt32.max

    private let vocabulary: Vocabulary
    private let readsCharacters: Bool
    /// Ids of the symbols of one byte.
    private let byteIDs: [UInt32]
    /// Ids of the tokens `<0xNN>`; empty unless all bytes have one.
    private let fallbackIDs: [UInt32]
    /// Ids of partial characters, from the size of the vocabulary on.
    private let partialIDs: [UInt32: UInt32]
    private let partialScalars: [UInt32]
    private let unknownID: UInt32?
    /// Whether neighbouring unknown symbols become one unknown token.
    private let fusesUnknown: Bool

    /// - Parameter keepsPartial: whether merges start from characters that are no tokens.
    init(_ vocabulary: Vocabulary, options: BPEOptions, keepsPartial: Bool) {
        self.vocabulary = vocabulary
        if case .byteLevel = vocabulary.spelling { readsCharacters = false } else { readsCharacters = true }
        let limit: UInt8 = readsCharacters ? 0x7F : .max
        let fallback = (UInt8.min...UInt8.max).compactMap { vocabulary.fallbackIDs[$0] }
        fallbackIDs = fallback.count == 256 ? fallback : []
        partialScalars = keepsPartial && readsCharacters ? Self.partialScalars(of: vocabulary) : []
        var partialIDs: [UInt32: UInt32] = [:]
        for (index, scalar) in partialScalars.enumerated() {
            partialIDs[scalar] = UInt32(vocabulary.count + index)
        }
        self.partialIDs = partialIDs
        byteIDs = (UInt8.min...limit).map { [partialIDs] byte in
            vocabulary.id(ofBytes: [byte]) ?? partialIDs[UInt32(byte)] ?? Self.none
        }
        unknownID = options.unknownID
        fusesUnknown = options.fusesUnknown
    }

    /// Whether every character has a token or a spelling in bytes, so that a word's tokens do not depend on others.
    var coversAllText: Bool { !fallbackIDs.isEmpty || !fusesUnknown || unknownID == nil }

    private static func partialScalars(of vocabulary: Vocabulary) -> [UInt32] {
        var scalars: Set<UInt32> = []
        for id in 0..<UInt32(vocabulary.count) where vocabulary.isRegular(id) {
            let token = Array(vocabulary.bytes(of: id))
            let bytes = token.span
            var index = 0
            while index < bytes.count {
                let (scalar, length) = UTF8Scalars.decode(bytes, at: index)
                if length < bytes.count, vocabulary.id(ofBytes: bytes, index..<index + length) == nil {
                    scalars.insert(scalar)
                }
                index += length
            }
        }
        return scalars.sorted()
    }

    /// The id of the symbol with the bytes `key`, which is one character or byte; nil if there is none.
    func id(of bytes: Span<UInt8>, _ key: Range<Int>) -> UInt32? {
        if let id = vocabulary.id(ofBytes: bytes, key) { return id }
        guard !partialIDs.isEmpty, UTF8Scalars.decode(bytes, at: key.lowerBound).length == key.count else { return nil }
        return partialIDs[UTF8Scalars.decode(bytes, at: key.lowerBound).scalar]
    }

    /// Appends the symbols of a word.
    func append(_ word: Range<Int>, of bytes: Span<UInt8>, to ids: inout [UInt32]) {
        var isAfterUnknown = false
        var index = word.lowerBound
        while index < word.upperBound {
            let unit = Int(bytes[index])
            let length = unit < byteIDs.count ? 1 : UTF8Scalars.decode(bytes, at: index).length
            let id = length == 1 ? byteIDs[unit] : self.id(of: bytes, index..<index + length) ?? Self.none
            if id != Self.none {
                ids.append(id)
                isAfterUnknown = false
            } else if !fallbackIDs.isEmpty {
                for position in index..<index + length { ids.append(fallbackIDs[Int(bytes[position])]) }
                isAfterUnknown = false
            } else {
                if let unknownID, !(fusesUnknown && isAfterUnknown) { ids.append(unknownID) }
                isAfterUnknown = true
            }
            index += length
        }
    }

    /// Replaces partial characters that no merge took up by their bytes.
    func resolvePartial(in ids: inout [UInt32], from first: Int) {
        let limit = UInt32(vocabulary.count)
        guard !partialIDs.isEmpty, ids[first...].contains(where: { $0 >= limit }) else { return }
        let merged = Array(ids[first...])
        ids.removeSubrange(first...)
        for id in merged {
            guard id >= limit else {
                ids.append(id)
                continue
            }
            var bytes: [UInt8] = []
            UTF8Scalars.append(partialScalars[Int(id - limit)], to: &bytes)
            if fallbackIDs.isEmpty {
                if let unknownID { ids.append(unknownID) }
            } else {
                for byte in bytes { ids.append(fallbackIDs[Int(byte)]) }
            }
        }
    }
}
