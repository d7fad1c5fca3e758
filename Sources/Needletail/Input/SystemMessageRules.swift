import ChatTemplate
import Support

/// The places at which a template takes system messages, found by rendering small conversations: a template refuses or
/// drops a message in more ways than its syntax shows.
struct SystemMessageRules: Sendable {
    /// Whether it takes several system messages at the beginning.
    private let takesSeveral: Bool
    /// Whether it takes a system message and then a developer message at the beginning.
    private let takesBoth: Bool
    /// The roles among system and developer that it takes after the first answer.
    private let lateRoles: Set<String>

    private static let names: Set<String> = ["system", "developer"]

    init(template: ChatTemplate, variables: JSONObject) {
        let probe = Probe(template: template, variables: variables)
        guard probe.shows(["system", "user"]) else {
            // A template that takes no system message reports that itself.
            (takesSeveral, takesBoth, lateRoles) = (true, true, Self.names)
            return
        }
        takesSeveral = probe.shows(["system", "system", "user"])
        takesBoth = probe.shows(["system", "developer", "user"])
        lateRoles = Self.names.filter { probe.shows(["system", "user", "assistant", $0, "user"]) }
    }

    /// The conversation, with all system messages merged into one at the beginning if the template does not take them
    /// as they are.
    func merged(_ messages: [JSONValue]) -> [JSONValue] {
        let roles = messages.map { $0["role"]?.stringValue ?? "" }
        let leading = roles.prefix { Self.names.contains($0) }
        let late = roles.dropFirst(leading.count).filter(Self.names.contains)
        guard !takes(leading) || !late.allSatisfy(lateRoles.contains) else { return messages }
        let isSystem = messages.map { Self.names.contains($0["role"]?.stringValue ?? "") }
        let system = zip(messages, isSystem).filter(\.1).map(\.0)
        let texts = system.map { MessageContent($0["content"] ?? "").text }.filter { !$0.isEmpty }
        var first = system.first?.objectValue ?? JSONObject()
        first["content"] = .string(texts.joined(separator: "\n"))
        return [.object(first)] + zip(messages, isSystem).filter { !$0.1 }.map(\.0)
    }

    /// Whether the template takes messages of these roles at the beginning.
    private func takes(_ leading: some Collection<String>) -> Bool {
        if leading.count < 2 { return true }
        return leading.allSatisfy { $0 == "system" } ? takesSeveral : takesBoth && leading.count == 2
    }
}

/// Renders conversations of texts that can be found in the prompt.
private struct Probe {
    let template: ChatTemplate
    let variables: JSONObject

    /// Whether the prompt of a conversation with these roles contains every text.
    func shows(_ roles: [String]) -> Bool {
        let texts = roles.indices.map { "PROBE\($0)TEXT" }
        let messages = zip(roles, texts).map { role, text -> JSONValue in
            let content = MessageContent(.string(text)).json(template.traits.contentFormat(ofRole: role))
            return ["role": .string(role), "content": content]
        }
        let rendered = try? template.render(
            messages: messages, addGenerationPrompt: true, variables: variables,
            clock: TemplateClock(secondsSinceEpoch: 0))
        guard let rendered else { return false }
        return texts.allSatisfy(rendered.contains)
    }
}
