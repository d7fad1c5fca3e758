/// Parses the subset of regular-expression syntax that tokenizers use: literals, classes (also intersected by `&&[..]`),
/// `\s \S \d \D \p{..} \P{..}`, groups (also `(?:` and `(?i:`), alternation, greedy and lazy quantifiers, and lookahead at
/// one class.
struct RegexParser {
    private static let maximumDepth = 32
    private static let maximumRepetition = 1000

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false

    static func parse(_ pattern: String) throws(RegexError) -> RegexSyntax {
        var parser = RegexParser(scalars: Array(pattern.unicodeScalars))
        let syntax = try parser.parseAlternatives()
        guard parser.current == nil else { throw parser.failure("unmatched )") }
        return syntax
    }

    private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

    private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func failure(_ message: String) -> RegexError {
        RegexError(message: "\(message) at character \(position)")
    }

    private mutating func accept(_ text: StaticString) -> Bool {
        let expected = Array("\(text)".unicodeScalars)
        guard scalars[position...].starts(with: expected) else { return false }
        position += expected.count
        return true
    }

    private mutating func next() throws(RegexError) -> Unicode.Scalar {
        guard let scalar = current else { throw failure("unexpected end of the pattern") }
        position += 1
        return scalar
    }
}

// MARK: Structure

extension RegexParser {
    private mutating func parseAlternatives() throws(RegexError) -> RegexSyntax {
        var branches = [try parseSequence()]
        while accept("|") { branches.append(try parseSequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func parseSequence() throws(RegexError) -> RegexSyntax {
        var terms: [RegexSyntax] = []
        while let scalar = current, scalar != "|", scalar != ")" {
            terms.append(try parseQuantified())
        }
        return terms.count == 1 ? terms[0] : .sequence(terms)
    }

    private mutating func parseQuantified() throws(RegexError) -> RegexSyntax {
        let atom = try parseAtom()
        guard let (minimum, maximum) = try parseQuantifier() else { return atom }
        let isGreedy = !accept("?")
        if current == "+" || current == "*" { throw failure("possessive or doubled quantifier") }
        return .repetition(atom, minimum: minimum, maximum: maximum, isGreedy: isGreedy)
    }

    private mutating func parseQuantifier() throws(RegexError) -> (minimum: Int, maximum: Int?)? {
        if accept("?") { return (0, 1) }
        if accept("*") { return (0, nil) }
        if accept("+") { return (1, nil) }
        guard accept("{") else { return nil }
        let minimum = try parseCount()
        var maximum: Int? = minimum
        if accept(",") { maximum = current == "}" ? nil : try parseCount() }
        guard accept("}"), maximum.map({ $0 >= minimum }) ?? true else { throw failure("malformed {} quantifier") }
        return (minimum, maximum)
    }

    private mutating func parseCount() throws(RegexError) -> Int {
        var count: Int?
        while let digit = current.flatMap({ Int(String($0)) }) {
            count = (count ?? 0) * 10 + digit
            position += 1
            if let count, count > Self.maximumRepetition {
                throw failure("repetition count above \(Self.maximumRepetition)")
            }
        }
        guard let count else { throw failure("expected a number") }
        return count
    }

    private mutating func parseAtom() throws(RegexError) -> RegexSyntax {
        switch try next() {
        case "(": return try parseGroup()
        case "[": return .set(try parseClass())
        case ".":
            var set = CharacterSet(scalar: 0x0A)
            set.isNegated = true
            return .set(set)
        case "\\": return .set(try parseEscape())
        case let scalar where "^$*+?{".unicodeScalars.contains(scalar):
            position -= 1
            throw failure("unsupported \(scalar)")
        case let scalar: return .set(literal(scalar))
        }
    }

    private mutating func parseGroup() throws(RegexError) -> RegexSyntax {
        depth += 1
        guard depth <= Self.maximumDepth else { throw failure("groups nested more than \(Self.maximumDepth) deep") }
        defer { depth -= 1 }
        if accept("?=") { return try parseLookahead(isNegative: false) }
        if accept("?!") { return try parseLookahead(isNegative: true) }
        let outerCase = ignoresCase
        defer { ignoresCase = outerCase }
        if accept("?i:") {
            ignoresCase = true
        } else if current == "?", !accept("?:") {
            throw failure("unsupported kind of group")
        }
        let inner = try parseAlternatives()
        guard accept(")") else { throw failure("unmatched (") }
        return inner
    }

    private mutating func parseLookahead(isNegative: Bool) throws(RegexError) -> RegexSyntax {
        guard case .set(let set) = try parseAtom(), accept(")") else {
            throw failure("lookahead at more than one character")
        }
        return .lookahead(set, isNegative: isNegative)
    }
}

// MARK: Classes

extension RegexParser {
    private func literal(_ scalar: Unicode.Scalar) -> CharacterSet {
        var set = CharacterSet(scalar: scalar.value)
        if ignoresCase { set.foldCase() }
        return set
    }

    /// Parses a class after its `[`.
    private mutating func parseClass() throws(RegexError) -> CharacterSet {
        var set = CharacterSet()
        set.isNegated = accept("^")
        var isFirst = true
        while isFirst || current != "]" {
            isFirst = false
            if accept("&&[") {
                set.intersected.append(try parseClass())
                continue
            }
            let item = try parseClassItem()
            guard !item.isNegated else { throw failure("unsupported negated script in a class") }
            set.categories.formUnion(item.categories)
            guard item.ranges.count == 1, let low = item.ranges.first?.lowerBound, current == "-",
                position + 1 < scalars.count,
                scalars[position + 1] != "]"
            else {
                set.ranges += item.ranges
                continue
            }
            position += 1
            guard let high = try parseClassItem().ranges.first?.lowerBound, high >= low else {
                throw failure("malformed range")
            }
            set.ranges.append(low...high)
        }
        position += 1
        if ignoresCase { set.foldCase() }
        return set
    }

    private mutating func parseClassItem() throws(RegexError) -> CharacterSet {
        let scalar = try next()
        if scalar == "\\" { return try parseEscape() }
        if scalar == "[" || scalar == "&" && current == "&" { throw failure("unsupported class operation") }
        return CharacterSet(scalar: scalar.value)
    }

    /// Parses an escape after its backslash.
    private mutating func parseEscape() throws(RegexError) -> CharacterSet {
        switch try next() {
        case "s": return CharacterSet(.whitespace)
        case "S": return CharacterSet(UnicodeCategorySet.whitespace.inverted)
        case "d": return CharacterSet(UnicodeCategorySet(.decimalNumber))
        case "D": return CharacterSet(UnicodeCategorySet(.decimalNumber).inverted)
        case "p": return try parseProperty()
        case "P": return try parseProperty().inverted
        case "n": return CharacterSet(scalar: 0x0A)
        case "r": return CharacterSet(scalar: 0x0D)
        case "t": return CharacterSet(scalar: 0x09)
        case "f": return CharacterSet(scalar: 0x0C)
        case "v": return CharacterSet(scalar: 0x0B)
        case let scalar where scalar.properties.isAlphabetic || scalar.properties.numericType != nil:
            throw failure("unsupported escape \\\(scalar)")
        case let scalar: return literal(scalar)
        }
    }

    /// Parses a property's name after `\p` or `\P`.
    private mutating func parseProperty() throws(RegexError) -> CharacterSet {
        var name = ""
        guard accept("{") else { throw failure("expected { after \\p") }
        let isInverted = accept("^")
        while let scalar = current, scalar != "}" {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard accept("}"), let set = CharacterSet(propertyName: name) else {
            throw failure("unsupported property \\p{\(name)}")
        }
        return isInverted ? set.inverted : set
    }
}

extension CharacterSet {
    /// The set that `\p{name}` stands for: categories, or the script Han; nil for an unknown name.
    init?(propertyName name: String) {
        if let categories = UnicodeCategorySet(propertyName: name) {
            self.init(categories)
        } else if name == "Han" {
            self.init()
            ranges = KnownScripts.han
        } else {
            return nil
        }
    }

    /// The scalars that are not in the set.
    var inverted: CharacterSet {
        if ranges.isEmpty, intersected.isEmpty, !isNegated { return CharacterSet(categories.inverted) }
        var set = self
        set.isNegated.toggle()
        return set
    }
}
