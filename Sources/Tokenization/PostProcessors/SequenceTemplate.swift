/// The special tokens around one text or a pair. Every post-processor of byte-level tokenizers has this form.
struct SequenceTemplate: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        case specialTokens([UInt32], typeID: UInt32)
        case first(typeID: UInt32)
        case second(typeID: UInt32)
    }

    var single: [Part]
    var pair: [Part]

    /// The template without special tokens, in which the second text has type 1.
    static let plain = Self(single: [.first(typeID: 0)], pair: [.first(typeID: 0), .second(typeID: 1)])

    /// The template with BOS before and EOS after each text, as far as they are given.
    init(bos: UInt32?, eos: UInt32?) {
        func surround(_ part: Part, typeID: UInt32) -> [Part] {
            let before = bos.map { [Part.specialTokens([$0], typeID: typeID)] } ?? []
            let after = eos.map { [Part.specialTokens([$0], typeID: typeID)] } ?? []
            return before + [part] + after
        }
        single = surround(.first(typeID: 0), typeID: 0)
        pair = single + surround(.second(typeID: 1), typeID: 1)
    }

    init(single: [Part], pair: [Part]) {
        self.single = single
        self.pair = pair
    }

    /// Fills `pair` with the ids of two texts.
    func fill(first: [UInt32], second: [UInt32], addSpecialTokens: Bool) -> Encoding {
        var encoding = Encoding()
        for part in pair {
            switch part {
            case .specialTokens(let ids, let typeID):
                if addSpecialTokens { encoding.append(ids, typeID: typeID) }
            case .first(let typeID): encoding.append(first, typeID: typeID)
            case .second(let typeID): encoding.append(second, typeID: typeID)
            }
        }
        return encoding
    }

    /// Ids of all special tokens in the template.
    var specialTokenIDs: Set<UInt32> {
        var ids: Set<UInt32> = []
        for case .specialTokens(let members, _) in single + pair { ids.formUnion(members) }
        return ids
    }
}

/// Token ids with their type ids.
package struct Encoding: Hashable, Sendable {
    /// Token ids in order.
    package private(set) var ids: [UInt32] = []
    /// Type ids, one per token: usually 0 for the first text and 1 for the second.
    package private(set) var typeIDs: [UInt32] = []

    mutating func append(_ ids: [UInt32], typeID: UInt32) {
        self.ids += ids
        typeIDs += [UInt32](repeating: typeID, count: ids.count)
    }
}
