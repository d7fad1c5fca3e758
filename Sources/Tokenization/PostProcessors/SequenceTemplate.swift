/// How special tokens surround one text or a pair. Every post-processor of byte-level tokenizers is such a template.
struct SequenceTemplate: Hashable, Sendable {
    enum Part: Hashable, Sendable {
        case specialTokens([UInt32], typeID: UInt32)
        case first(typeID: UInt32)
        case second(typeID: UInt32)
    }

    var single: [Part]
    var pair: [Part]

    /// No special tokens; the second text has type 1.
    static let plain = Self(single: [.first(typeID: 0)], pair: [.first(typeID: 0), .second(typeID: 1)])

    /// `pair` filled with the ids of the texts.
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

    /// Ids in the template.
    var specialTokenIDs: Set<UInt32> {
        var ids: Set<UInt32> = []
        for case .specialTokens(let members, _) in single + pair { ids.formUnion(members) }
        return ids
    }
}

/// Token ids and, for each, whether it belongs to the first (0) or second (1) text as the tokenizer counts.
package struct Encoding: Hashable, Sendable {
    package private(set) var ids: [UInt32] = []
    package private(set) var typeIDs: [UInt32] = []

    mutating func append(_ ids: [UInt32], typeID: UInt32) {
        self.ids += ids
        typeIDs += [UInt32](repeating: typeID, count: ids.count)
    }
}
