/// The parts of a conversation that a template value may stand for; empty for everything else.
struct Meaning: OptionSet, Hashable, Sendable {
    let rawValue: Int

    /// The list of all messages.
    static let messages = Meaning(rawValue: 1 << 0)
    /// A list of some messages, the first of which may be any message.
    static let someMessages = Meaning(rawValue: 1 << 1)
    static let message = Meaning(rawValue: 1 << 2)
    /// The first message of the conversation, whose role can differ from the role under analysis.
    static let firstMessage = Meaning(rawValue: 1 << 3)
    static let role = Meaning(rawValue: 1 << 4)
    static let firstRole = Meaning(rawValue: 1 << 5)
    static let content = Meaning(rawValue: 1 << 6)
    /// An element of a content list.
    static let part = Meaning(rawValue: 1 << 7)
    static let toolCalls = Meaning(rawValue: 1 << 8)
    /// A tool call, or the function in it.
    static let toolCall = Meaning(rawValue: 1 << 9)
    static let arguments = Meaning(rawValue: 1 << 10)

    static let lists: Meaning = [.messages, .someMessages, .toolCalls]

    /// The meaning of the elements of a list with this meaning.
    var element: Meaning {
        var element: Meaning = []
        if !isDisjoint(with: [.messages, .someMessages]) { element.insert(.message) }
        if contains(.content) { element.insert(.part) }
        if contains(.toolCalls) { element.insert(.toolCall) }
        return element
    }

    /// The meaning of the first element of a list with this meaning.
    var first: Meaning {
        var first = element
        guard contains(.messages) else { return first }
        if !contains(.someMessages) { first.remove(.message) }
        return first.union(.firstMessage)
    }

    /// The meaning of a slice of a list with this meaning.
    var slice: Meaning {
        contains(.messages) ? subtracting(.messages).union(.someMessages) : self
    }

    /// The meaning of a list of values with this meaning.
    var list: Meaning {
        var list: Meaning = []
        if !isDisjoint(with: [.message, .firstMessage]) { list.insert(.someMessages) }
        if contains(.toolCall) { list.insert(.toolCalls) }
        return list
    }

    /// The meaning of an attribute of a value with this meaning.
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
