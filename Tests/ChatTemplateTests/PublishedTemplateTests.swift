import ChatTemplate
import Support
import TestSupport
import Testing

/// The templates of published models, which are not part of this repository: `NEEDLETAIL_TEMPLATES` names a folder with
/// llama.cpp's models/templates. Every result is compared with transformers'.
@Suite(.enabled(if: PublishedTemplates.folder != nil, "NEEDLETAIL_TEMPLATES names no folder of templates"))
struct PublishedTemplateTests {
    @Test(arguments: try PublishedTemplates.goldens())
    func `a published template renders as in transformers`(golden: PublishedTemplates.Golden) throws {
        let folder = try #require(PublishedTemplates.folder)
        let bytes = try Files.read("\(folder)/\(golden.name).jinja")
        try #require(PublishedTemplates.digest(bytes) == golden.digest, "another version of the template")
        let template = try ChatTemplate(source: String(decoding: bytes, as: UTF8.self))
        let cases = try PublishedTemplates.cases()
        #expect(cases.count == golden.results.count)
        let failed = zip(cases, golden.results).filter { item, expected in
            PublishedTemplates.result(of: template, item, expected: expected) != expected
        }
        #expect(failed.map(\.0.name) == [])
    }
}

/// The goldens, which need no folder.
@Suite struct PublishedGoldenTests {
    @Test func `seventy templates have a result for each of the cases`() throws {
        let goldens = try PublishedTemplates.goldens()
        #expect(goldens.count == 70 && Set(goldens.map(\.name)).count == 70)
        #expect(try PublishedTemplates.cases().count == 570)
        let isComplete = goldens.map { $0.results.count == 570 && $0.digest.utf8.count == 64 }
        #expect(!isComplete.contains(false))
    }
}

/// The fixture of the published templates.
enum PublishedTemplates {
    /// The folder of the templates.
    static let folder = EnvironmentVariable.value("NEEDLETAIL_TEMPLATES")

    /// The results of one template.
    struct Golden: Sendable, CustomTestStringConvertible {
        var name: String
        var digest: String
        /// The start of each text's digest; `!` and the digest of a raised text; `?` and the type of another error.
        var results: [String]
        var testDescription: String { name }
    }

    /// A conversation with its variables.
    struct Case: Sendable {
        var name: String
        var messages: [JSONValue]
        var variables: JSONObject
    }

    static func goldens() throws -> [Golden] {
        try document()["templates"]?.arrayValue?.map { json in
            Golden(
                name: json["name"]?.stringValue ?? "", digest: json["sha256"]?.stringValue ?? "",
                results: json["results"]?.stringValue?.split(separator: " ").map(String.init) ?? [])
        } ?? []
    }

    static func cases() throws -> [Case] {
        let document = try document()
        return document["cases"]?.arrayValue?.map { json in
            var variables: JSONObject = ["bos_token": "<s>", "eos_token": "</s>"]
            for (name, value) in (json["kwargs"]?.objectValue ?? JSONObject()).members {
                variables[name] = name == "tools" ? document["tools"]?[value.stringValue ?? ""] : value
            }
            let messages = document["chats"]?[json["chat"]?.stringValue ?? ""]?.arrayValue
            return Case(name: json["name"]?.stringValue ?? "", messages: messages ?? [], variables: variables)
        } ?? []
    }

    /// The result of a rendering in the form of the goldens. Errors that are not raised by the template have Python's
    /// names there: any such error of ours stands for each of them.
    static func result(of template: ChatTemplate, _ item: Case, expected: String) -> String {
        do throws(ChatTemplateError) {
            return start(of: try render(template, item))
        } catch {
            if error.kind == .raised { return "!" + start(of: error.message) }
            return expected.hasPrefix("?") ? expected : "?\(error)"
        }
    }

    private static func render(_ template: ChatTemplate, _ item: Case) throws(ChatTemplateError) -> String {
        let variables = item.variables
        return try template.render(
            messages: item.messages, tools: variables["tools"]?.arrayValue,
            documents: variables["documents"]?.arrayValue,
            addGenerationPrompt: variables["add_generation_prompt"]?.boolValue ?? false,
            continueFinalMessage: variables["continue_final_message"]?.boolValue ?? false,
            variables: variables, clock: fixtureClock)
    }

    static func digest(_ bytes: [UInt8]) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.hexDigest()
    }

    private static func start(of text: String) -> String { String(digest(Array(text.utf8)).prefix(10)) }

    private static func document() throws -> JSONValue { try Fixtures.json("chat_templates/published.json") }
}
