import ChatTemplate
import Support
import TestSupport
import Testing

/// The clock of the fixtures: 2025-03-07 09:05:00.
let fixtureClock = TemplateClock(secondsSinceEpoch: 1_741_338_300)

/// Renders a source with a context given as JSON.
func render(
    _ source: String, _ context: JSONValue = [:], limits: RenderLimits = RenderLimits()
) throws(ChatTemplateError) -> String {
    let template = try ChatTemplate(source: source)
    return try template.render(context.objectValue ?? JSONObject(), clock: fixtureClock, limits: limits)
}

/// The error of a source that must fail.
func failure(
    _ source: String, _ context: JSONValue = [:], limits: RenderLimits = RenderLimits()
) -> ChatTemplateError? {
    do throws(ChatTemplateError) {
        _ = try render(source, context, limits: limits)
        return nil
    } catch { return error }
}

/// A template with a context and what the reference makes of it.
struct Snippet: CustomTestStringConvertible, Sendable {
    var template: String
    var context: JSONValue
    /// Nil where the reference fails.
    var expected: String?
    /// The name of the reference's error, and its text.
    var error: String?
    var message: String?

    var testDescription: String { template }

    init(_ json: JSONValue, context: JSONValue) {
        template = json["template"]?.stringValue ?? ""
        self.context = context
        expected = json["expected"]?.stringValue
        error = json["error"]?.stringValue
        message = json["message"]?.stringValue
    }

    static func fixtures() throws -> [Snippet] {
        let document = try Fixtures.json("chat_templates/snippets.json")
        return document["snippets"]?.arrayValue?.map { Snippet($0, context: $0["context"] ?? [:]) } ?? []
    }

    static func extras() throws -> [Snippet] {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let document = try JSONValue(parsing: Files.read("/\(folder)/extra_snippets.json"))
        return document["snippets"]?.arrayValue?.map { Snippet($0, context: document["context"] ?? [:]) } ?? []
    }
}

/// A conversation rendered with one of the fixture templates.
struct TemplateCase: Sendable {
    var template: String
    var messages: [JSONValue]
    var arguments: JSONObject
    var expected: String?
    var error: String?
    var message: String?

    static func all() throws -> [TemplateCase] {
        let document = try Fixtures.json("chat_templates/cases.json")
        return document["cases"]?.arrayValue?.map { json in
            TemplateCase(
                template: json["template"]?.stringValue ?? "", messages: json["messages"]?.arrayValue ?? [],
                arguments: json["kwargs"]?.objectValue ?? JSONObject(), expected: json["expected"]?.stringValue,
                error: json["error"]?.stringValue, message: json["message"]?.stringValue)
        } ?? []
    }

    static func source(_ name: String) throws -> String {
        String(decoding: try Fixtures.bytes("chat_templates/\(name).jinja"), as: UTF8.self)
    }

    func render(_ template: ChatTemplate) throws(ChatTemplateError) -> String {
        try template.render(
            messages: messages,
            tools: arguments["tools"]?.arrayValue,
            documents: arguments["documents"]?.arrayValue,
            addGenerationPrompt: arguments["add_generation_prompt"]?.boolValue ?? false,
            continueFinalMessage: arguments["continue_final_message"]?.boolValue ?? false,
            variables: arguments,
            clock: fixtureClock)
    }
}
