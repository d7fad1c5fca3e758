/// The treatment of a match when text is split at it.
enum SplitBehavior: String, CaseIterable, Sendable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"

    /// Reads the member `key`, in the spelling of files (`Isolated`).
    init(_ fields: TokenizerFields, _ key: String, default behavior: Self? = nil) throws(TokenizerError) {
        if let behavior, !fields.has(key) {
            self = behavior
            return
        }
        let name = try fields.string(key)
        guard let behavior = Self(rawValue: name) else {
            throw .unsupported(field: fields.path(key), value: name, known: Self.allCases.map(\.rawValue))
        }
        self = behavior
    }
}

/// Splits each piece at the matches of a pattern.
struct Splitter: Sendable {
    private let pattern: SplitPattern
    private let behavior: SplitBehavior
    /// Whether matches and the text between them swap roles.
    private let isInverted: Bool

    init(pattern: SplitPattern, behavior: SplitBehavior, isInverted: Bool = false) {
        self.pattern = pattern
        self.behavior = behavior
        self.isInverted = isInverted
    }

    init(_ pattern: String, _ behavior: SplitBehavior = .isolated, field: String) throws(TokenizerError) {
        self.init(pattern: try SplitPattern(regex: pattern, field: field), behavior: behavior)
    }

    init(_ fields: TokenizerFields) throws(TokenizerError) {
        self.init(
            pattern: try SplitPattern(try fields.object("pattern")), behavior: try SplitBehavior(fields, "behavior"),
            isInverted: try fields.bool("invert", default: false))
    }

    static func digits(_ fields: TokenizerFields) throws(TokenizerError) -> Self {
        let areIndividual = try fields.bool("individual_digits", default: false)
        return try Self(areIndividual ? KnownPatterns.digit : KnownPatterns.digits, field: fields.path)
    }

    static func punctuation(_ fields: TokenizerFields) throws(TokenizerError) -> Self {
        let behavior = try SplitBehavior(fields, "behavior", default: .isolated)
        return try Self(KnownPatterns.punctuation, behavior, field: fields.path)
    }

    /// The pattern if matches and the text between them all become pieces of their own; otherwise nil.
    var isolatedPattern: RegexAutomaton? {
        guard behavior == .isolated, case .regex(let automaton) = pattern else { return nil }
        return automaton
    }

    func split(_ text: inout PreTokenizedText) {
        var pieces: [Range<Int>] = []
        pieces.reserveCapacity(text.pieces.count)
        for piece in text.pieces {
            var parts = Parts(behavior: behavior)
            forEachPart(of: piece, in: text.bytes.span) { range, isMatch in
                parts.add(range, isMatch: isMatch != isInverted, to: &pieces)
            }
        }
        text.pieces = pieces
    }

    /// Visits matches and the stretches between them in order.
    private func forEachPart(
        of piece: Range<Int>, in bytes: Span<UInt8>, _ visit: (Range<Int>, _ isMatch: Bool) -> Void
    ) {
        var index = piece.lowerBound
        var unmatched = index
        while index < piece.upperBound {
            guard let end = pattern.matchEnd(in: bytes, from: index, to: piece.upperBound) else {
                index += UTF8Scalars.decode(bytes, at: index).length
                continue
            }
            if unmatched < index { visit(unmatched..<index, false) }
            visit(index..<end, true)
            index = end
            unmatched = end
        }
        if unmatched < index { visit(unmatched..<index, false) }
    }
}

extension Splitter {
    /// Appends the parts of one piece according to the behaviour.
    private struct Parts {
        let behavior: SplitBehavior
        private var lastIsMatch: Bool?

        init(behavior: SplitBehavior) { self.behavior = behavior }

        mutating func add(_ range: Range<Int>, isMatch: Bool, to pieces: inout [Range<Int>]) {
            let joinsLast =
                switch behavior {
                case .removed, .isolated: false
                case .mergedWithPrevious: isMatch && lastIsMatch == false
                case .mergedWithNext: !isMatch && lastIsMatch == true
                case .contiguous: isMatch == lastIsMatch
                }
            lastIsMatch = isMatch
            if joinsLast, let last = pieces.popLast() {
                pieces.append(last.lowerBound..<range.upperBound)
            } else if !(behavior == .removed && isMatch) {
                pieces.append(range)
            }
        }
    }
}
