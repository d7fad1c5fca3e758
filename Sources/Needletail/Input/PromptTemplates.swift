import ChatTemplate
import Checkpoint
import EngineTypes
import Support

#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif

/// The chat templates that the prompts of one model are rendered with.
struct PromptTemplates: Sendable {
    /// The template of conversations for which no other is chosen.
    let standard: PromptTemplate?
    /// The template of conversations with tools, if it is not the standard one.
    private let tools: PromptTemplate?
    private let sources: ChatTemplates
    /// Variables of every template, such as the special tokens.
    private let variables: JSONObject

    /// Parses the model's templates or, in their place, the chosen one. Throws for an error in a template and for a
    /// name that no template has.
    init(_ sources: ChatTemplates, choice: ChatTemplateChoice?, variables: JSONObject) throws(EngineError) {
        func template(_ source: ChatTemplates.Source?, _ advice: String = "") throws(EngineError) -> PromptTemplate? {
            guard let source else { return nil }
            do {
                return try PromptTemplate(source.text, variables)
            } catch {
                throw EngineError("\(source.place): \(error)\(advice)")
            }
        }
        self.sources = sources
        self.variables = variables
        switch choice {
        case .source(let text)?:
            standard = try template(ChatTemplates.Source(text: text, place: "--chat-template"))
            tools = nil
        case .named(let name)?:
            guard let source = sources[name] else {
                throw EngineError("--chat-template: '\(name)' is neither a file nor \(sources.absence)")
            }
            standard = try template(source)
            tools = nil
        case nil:
            let advice = "; choose another template with --chat-template"
            standard = try template(sources[ChatTemplates.standardName], advice)
            tools = try template(sources[ChatTemplates.toolsName], advice)
        }
    }

    /// The names of the model's own templates.
    var names: [String] { sources.names }

    /// Renders a conversation with the template that it asks for, or else the one for its kind.
    func render(_ chat: ChatPrompt) throws(RequestError) -> String {
        try template(of: chat).render(chat, variables)
    }

    private func template(of chat: ChatPrompt) throws(RequestError) -> PromptTemplate {
        if let text = chat.template { return try requested(text) }
        if chat.tools != nil, let tools { return tools }
        guard let standard else {
            throw .invalid(
                "messages",
                sources.names.isEmpty
                    ? "the model has no chat template: set one (--chat-template) or use a text prompt"
                    : "the model has no default chat template: choose one of its templates with --chat-template: "
                        + sources.names.joined(separator: ", "))
        }
        return standard
    }

    /// The template that a request gives as a name or as a text.
    private func requested(_ text: String) throws(RequestError) -> PromptTemplate {
        let source = sources[text]
        guard source != nil || text.contains("{") else {
            throw .invalid("chat_template", "'\(text)' is neither a Jinja text with tags nor \(sources.absence)")
        }
        do {
            return try PromptTemplate(source?.text ?? text, variables)
        } catch {
            throw .invalid("chat_template", "\(error)")
        }
    }
}

extension ChatTemplates {
    /// The end of a message about a name that is not among the model's templates.
    fileprivate var absence: String {
        names.isEmpty
            ? "a template of the model, which has none"
            : "one of the model's templates: \(names.joined(separator: ", "))"
    }
}

/// A chat template with the conversion of messages to the form that it expects.
struct PromptTemplate: Sendable {
    private let template: ChatTemplate
    private let normalizer: ConversationNormalizer

    /// - Parameter variables: the variables that `render` is going to be called with.
    init(_ source: String, _ variables: JSONObject) throws(ChatTemplateError) {
        template = try ChatTemplate(source: source)
        normalizer = ConversationNormalizer(template: template, variables: variables)
    }

    /// The Jinja text.
    var source: String { template.source }

    /// Renders a conversation as prompt text; its own variables take precedence.
    func render(_ chat: ChatPrompt, _ variables: JSONObject) throws(RequestError) -> String {
        var variables = variables
        for (name, value) in chat.variables.members { variables[name] = value }
        let messages = try normalizer.normalized(chat.messages)
        do {
            return try template.render(
                messages: messages, tools: chat.tools, documents: chat.documents,
                addGenerationPrompt: chat.addsGenerationPrompt, continueFinalMessage: chat.continuesFinalMessage,
                variables: variables, clock: .local)
        } catch {
            throw .invalid("messages", "the chat template failed: \(error)")
        }
    }
}

extension TemplateClock {
    /// The current time in the zone that `TZ` names, or else the system's.
    fileprivate static var local: TemplateClock {
        let now = Int(Date().timeIntervalSince1970)
        return TemplateClock(secondsSinceEpoch: now, utcOffset: LocalTime.utcOffset(at: now))
    }
}
