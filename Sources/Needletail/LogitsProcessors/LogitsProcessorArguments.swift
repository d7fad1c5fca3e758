public import EngineTypes
import Synchronization

/// The arguments that a request passes to a logits processor; reading one that is missing or out of range throws an
/// error that names its field.
public final class LogitsProcessorArguments: Sendable {
    private let values: [String: ExtraArgument]
    private let prefix: String
    private let tokenTexts: TokenTexts?
    private let tokenSets = Mutex<[[String]: Set<TokenID>]>([:])
    private let read = Mutex<Set<String>>([])
    private static let maximumStrings = 64

    init(values: [String: ExtraArgument], prefix: String, tokenTexts: TokenTexts?) {
        self.values = values
        self.prefix = prefix
        self.tokenTexts = tokenTexts
    }

    private func value(_ name: String) -> ExtraArgument? {
        read.withLock { _ = $0.insert(name) }
        return values[name]
    }

    /// The number `name`, or `fallback` if it is missing. Throws if it is missing without a fallback, or not a number
    /// in `range`.
    public func number(
        _ name: String, in range: ClosedRange<Double>, default fallback: Double? = nil
    ) throws(RequestError) -> Double {
        guard let value = value(name) else {
            if let fallback { return fallback }
            throw mistake(name, "is missing")
        }
        guard let number = value.doubleValue, range.contains(number) else {
            throw mistake(name, "must be a number in [\(range.lowerBound), \(range.upperBound)], got \(value)")
        }
        return number
    }

    /// The integer `name`, or `fallback` if it is missing. Throws if it is missing without a fallback, or not an
    /// integer in `range`.
    public func integer(
        _ name: String, in range: ClosedRange<Int>, default fallback: Int? = nil
    ) throws(RequestError) -> Int {
        guard let value = value(name) else {
            if let fallback { return fallback }
            throw mistake(name, "is missing")
        }
        guard let integer = value.intValue, range.contains(integer) else {
            throw mistake(name, "must be an integer in \(range.lowerBound)...\(range.upperBound), got \(value)")
        }
        return integer
    }

    /// The list of at most 64 non-empty strings `name`, or `fallback` if it is missing. Throws if it is anything else.
    public func strings(_ name: String, default fallback: [String]) throws(RequestError) -> [String] {
        guard let value = value(name) else { return fallback }
        guard case .list(let elements) = value else { throw mistake(name, "must be a list of strings, got \(value)") }
        guard elements.count <= Self.maximumStrings else {
            throw mistake(name, "may have at most \(Self.maximumStrings) strings, got \(elements.count)")
        }
        var texts: [String] = []
        for element in elements {
            guard case .string(let text) = element, !text.isEmpty else {
                throw mistake(name, "must be a list of non-empty strings, got \(element) in it")
            }
            texts.append(text)
        }
        return texts
    }

    /// The tokens whose text contains any of `texts`; none without a tokenizer. Searched once per call.
    func tokens(containing texts: [String]) -> Set<TokenID> {
        if let tokens = tokenSets.withLock({ $0[texts] }) { return tokens }
        let tokens = tokenTexts?.tokens(containing: texts) ?? []
        tokenSets.withLock { $0[texts] = tokens }
        return tokens
    }

    private func mistake(_ name: String, _ message: String) -> RequestError { .invalid(field(name), message) }

    /// The name of an argument in messages; `vllm_xargs.typical_p` has no argument name of its own.
    private func field(_ name: String) -> String {
        name == "value" && prefix.hasSuffix("_") ? String(prefix.dropLast()) : prefix + name
    }

    /// Throws for an argument that the processor did not read.
    func refuseUnread() throws(RequestError) {
        let known = read.withLock { $0 }
        guard let name = values.keys.sorted().first(where: { !known.contains($0) }) else { return }
        throw mistake(name, "is unknown; known: \(known.sorted().joined(separator: ", "))")
    }
}

extension ExtraArgument: CustomStringConvertible {
    /// The value as messages quote it.
    public var description: String {
        switch self {
        case .integer(let value): "\(value)"
        case .number(let value): value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
        case .string(let text): "\"\(text)\""
        case .list(let elements): "\(elements)"
        }
    }
}
