/// The parts of a conversation that a template value may stand for; empty for everything else.
struct Meaning: OptionSet, Hashable, Sendable {
    let rawValue: Int

    /// All messages, from the first on.
    static let messages = Meaning(rawValue: 1 << 0)
    /// Some messages, of which the first may be any.
    static let someMessages = Meaning(rawValue: 1 << 1)
    static let message = Meaning(rawValue: 1 << 2)
    /// The first message of the conversation, whose role can differ from that of the message at hand.
    static let firstMessage = Meaning(rawValue: 1 << 3)
    static let role = Meaning(rawValue: 1 << 4)
    static let firstRole = Meaning(rawValue: 1 << 5)
    static let content = Meaning(rawValue: 1 << 6)
    /// An element of content.
    static let part = Meaning(rawValue: 1 << 7)
    static let toolCalls = Meaning(rawValue: 1 << 8)
    /// A tool call, or the function in it.
    static let toolCall = Meaning(rawValue: 1 << 9)
    static let arguments = Meaning(rawValue: 1 << 10)

    static let lists: Meaning = [.messages, .someMessages, .toolCalls]

    /// What the elements of a list with this meaning stand for.
    var element: Meaning {
        var element: Meaning = []
        if !isDisjoint(with: [.messages, .someMessages]) { element.insert(.message) }
        if contains(.content) { element.insert(.part) }
        if contains(.toolCalls) { element.insert(.toolCall) }
        return element
    }

    /// What the element at the beginning stands for.
    var first: Meaning {
        var first = element
        guard contains(.messages) else { return first }
        if !contains(.someMessages) { first.remove(.message) }
        return first.union(.firstMessage)
    }

    /// What a part of the list stands for.
    var slice: Meaning {
        contains(.messages) ? subtracting(.messages).union(.someMessages) : self
    }

    /// What a list of such values stands for.
    var list: Meaning {
        var list: Meaning = []
        if !isDisjoint(with: [.message, .firstMessage]) { list.insert(.someMessages) }
        if contains(.toolCall) { list.insert(.toolCalls) }
        return list
    }

    /// What the attribute of a value with this meaning stands for.
    func attribute(_ name: String) -> Meaning {
        var result: Meaning = []
        if !isDisjoint(with: [.message, .firstMessage]) {
            switch name {
            case "content": result.insert(.content)
            case "tool_calls": result.insert(.toolCalls)
            case "function_call": result.insert(.toolCall)
            case "role": result.formUnion(contains(.message) ? .role : [])
            default: break
            }
        }
        if contains(.firstMessage), name == "role" { result.insert(.firstRole) }
        if contains(.toolCall) {
            if name == "function" { result.insert(.toolCall) }
            if name == "arguments" { result.insert(.arguments) }
        }
        return result
    }
}
