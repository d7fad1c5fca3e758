/// The general category of a scalar, in the order of the generated table. Whitespace control characters (tab to
/// carriage return, next line) are a category of their own, so that `\s` is a set of categories.
enum UnicodeCategory: UInt8, CaseIterable, Sendable {
    case uppercaseLetter, lowercaseLetter, titlecaseLetter, modifierLetter, otherLetter
    case nonspacingMark, spacingMark, enclosingMark
    case decimalNumber, letterNumber, otherNumber
    case connectorPunctuation, dashPunctuation, openPunctuation, closePunctuation
    case initialPunctuation, finalPunctuation, otherPunctuation
    case mathSymbol, currencySymbol, modifierSymbol, otherSymbol
    case spaceSeparator, lineSeparator, paragraphSeparator
    case control, format, surrogate, privateUse, unassigned
    case whitespaceControl
}

/// A set of general categories.
struct UnicodeCategorySet: OptionSet, Hashable, Sendable {
    var rawValue: UInt32

    init(rawValue: UInt32) { self.rawValue = rawValue }

    init(_ categories: UnicodeCategory...) {
        rawValue = categories.reduce(0) { $0 | 1 << UInt32($1.rawValue) }
    }

    func contains(_ category: UInt8) -> Bool { rawValue >> UInt32(category) & 1 == 1 }

    func contains(scalar: UInt32) -> Bool { contains(UnicodeTables.category[scalar]) }

    var inverted: Self { Self(rawValue: ~rawValue & Self.all.rawValue) }

    static let all = Self(rawValue: 1 << UInt32(UnicodeCategory.allCases.count) - 1)
    static let letters = Self(.uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter)
    static let marks = Self(.nonspacingMark, .spacingMark, .enclosingMark)
    static let numbers = Self(.decimalNumber, .letterNumber, .otherNumber)
    static let punctuation = Self(
        .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
        .finalPunctuation, .otherPunctuation)
    static let symbols = Self(.mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol)
    static let separators = Self(.spaceSeparator, .lineSeparator, .paragraphSeparator)
    static let others = Self(.control, .whitespaceControl, .format, .surrogate, .privateUse, .unassigned)
    static let whitespace = Self(.spaceSeparator, .lineSeparator, .paragraphSeparator, .whitespaceControl)

    /// The set that `\p{name}` stands for: a one-letter class or a two-letter category; nil for an unknown name.
    init?(propertyName name: String) {
        guard let set = Self.named[name] else { return nil }
        self = set
    }

    private static let named: [String: Self] = {
        let twoLetter = [
            "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
            "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
        ]
        var named: [String: Self] = [
            "L": .letters, "M": .marks, "N": .numbers, "P": .punctuation, "S": .symbols, "Z": .separators, "C": .others,
        ]
        for (index, name) in twoLetter.enumerated() { named[name] = Self(rawValue: 1 << UInt32(index)) }
        named["Cc"]?.insert(Self(.whitespaceControl))
        return named
    }()
}
