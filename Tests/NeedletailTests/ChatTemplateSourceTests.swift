import Checkpoint
import EngineTypes
import Needletail
import Support
import TestSupport
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif

/// The places of chat templates, and the choice among them.
@Suite struct ChatTemplateSourceTests {
    /// A folder with a model, a tokenizer and templates, which is removed with this object.
    private final class Model: Sendable {
        let path = FileManager.default.temporaryDirectory.path + "/needletail-templates-\(UUID().uuidString)"

        init(_ files: [String: String]) throws {
            var contents = files.mapValues { Data($0.utf8) }
            for name in ["config.json", "model.safetensors"] {
                contents[name] = Data(try Fixtures.bytes("models/llama/\(name)"))
            }
            contents["tokenizer.json"] = Data(try Fixtures.bytes("tokenizers/bytebpe-llama3/tokenizer.json"))
            for (name, data) in contents {
                let url = URL(filePath: "\(path)/\(name)")
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try data.write(to: url)
            }
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func tokenizer(_ choice: ChatTemplateChoice? = nil) throws -> ModelTokenizer {
            try ModelTokenizer(Checkpoint.open(path: path), template: choice)
        }
    }

    /// A folder, and the template that transformers chooses in it.
    struct Case: Sendable, CustomTestStringConvertible {
        var files: [String: String]
        var name: String?
        var hasTools: Bool
        var template: String?
        var testDescription: String { "\(files.keys.sorted()), \(name ?? "no name"), tools: \(hasTools)" }

        static func all() throws -> [Case] {
            try Fixtures.json("chat_templates/sources.json")["cases"]?.arrayValue?.map { json in
                let files = json["files"]?.objectValue ?? JSONObject()
                return Case(
                    files: Dictionary(uniqueKeysWithValues: files.members.map { ($0.0, $0.1.stringValue ?? "") }),
                    name: json["name"]?.stringValue, hasTools: json["tools"]?.boolValue ?? false,
                    template: json["template"]?.stringValue)
            } ?? []
        }
    }

    private static func chat(tools: Bool = false, template: String? = nil) -> ChatPrompt {
        var chat = ChatPrompt(messages: [["role": "user", "content": "hello"]])
        chat.tools = tools ? [["type": "function", "function": ["name": "f"]]] : nil
        chat.template = template
        return chat
    }

    @Test(arguments: try Case.all())
    func `the template is the one that transformers chooses`(item: Case) throws {
        let model = try Model(item.files)
        guard let name = item.name else {
            let tokenizer = try model.tokenizer()
            guard let template = item.template else {
                let error = #expect(throws: RequestError.self) { try tokenizer.render(Self.chat(tools: item.hasTools)) }
                #expect(error?.parameter == "messages")
                return
            }
            #expect(try tokenizer.render(Self.chat(tools: item.hasTools)) == template)
            return
        }
        guard let template = item.template else {
            #expect(throws: EngineError.self) { try model.tokenizer(.named(name)) }
            return
        }
        #expect(try model.tokenizer(.named(name)).render(Self.chat()) == template)
        #expect(try model.tokenizer(.named(name)).render(Self.chat(tools: true)) == template)
    }

    @Test func `there are cases of every kind`() throws {
        let cases = try Case.all()
        let found = cases.filter { $0.template != nil }.count
        #expect(cases.count == 90 && found > 40 && found < 60)
    }

    @Test func `a processor's older file counts if the tokenizer has no template`() throws {
        let legacy = ["chat_template.json": #"{"chat_template": "legacy"}"#]
        let model = try Model(legacy)
        #expect(try model.tokenizer().render(Self.chat()) == "legacy")
        let both = try Model(legacy.merging(["chat_template.jinja": "file"]) { $1 })
        #expect(try both.tokenizer().render(Self.chat()) == "file")
    }

    @Test func `an unknown name lists the names`() throws {
        let model = try Model(["chat_template.jinja": "d", "additional_chat_templates/rag.jinja": "r"])
        let names = "neither a file nor one of the model's templates: default, rag"
        #expect(throws: EngineError("--chat-template: 'rags' is \(names)")) { try model.tokenizer(.named("rags")) }
        let bare = try Model([:])
        #expect(
            throws: EngineError("--chat-template: 'rag' is neither a file nor a template of the model, which has none")
        ) {
            try bare.tokenizer(.named("rag"))
        }
    }

    @Test func `a model with named templates only says so`() throws {
        let model = try Model(["additional_chat_templates/rag.jinja": "r", "additional_chat_templates/x.jinja": "x"])
        let error = #expect(throws: RequestError.self) { try model.tokenizer().render(Self.chat()) }
        #expect(error?.message.hasSuffix("choose one of its templates with --chat-template: rag, x") == true)
        #expect(try !model.tokenizer().hasChatTemplate)
        #expect(try model.tokenizer(.named("x")).hasChatTemplate)
    }

    @Test func `a syntax error names the file and the place`() throws {
        let model = try Model(["chat_template.jinja": "a\n{{ b c }}", "additional_chat_templates/rag.jinja": "{% x %}"])
        let message = "chat_template.jinja: expected 'end of print statement', got 'c' (template line 2, column 6)"
        #expect(throws: EngineError(message + "; choose another template with --chat-template")) {
            try model.tokenizer()
        }
        #expect(
            throws: EngineError("additional_chat_templates/rag.jinja: unknown tag 'x' (template line 1, column 4)")
        ) { try model.tokenizer(.named("rag")) }
        #expect(throws: EngineError("--chat-template: unknown tag 'y' (template line 1, column 4)")) {
            try model.tokenizer(.source("{% y %}"))
        }
        #expect(try model.tokenizer(.source("fine")).render(Self.chat()) == "fine")
        let configured = try Model(["tokenizer_config.json": #"{"chat_template": "{% x %}"}"#])
        let error = #expect(throws: EngineError.self) { try configured.tokenizer() }
        #expect(error?.description.hasPrefix("tokenizer_config.json: chat_template: unknown tag 'x'") == true)
    }

    @Test func `a request may bring a template or name one`() throws {
        let model = try Model([
            "chat_template.jinja": "d", "additional_chat_templates/rag.jinja": "r",
            "tokenizer_config.json": #"{"bos_token": "<|begin_of_text|>"}"#,
        ])
        let tokenizer = try model.tokenizer()
        func text(_ template: String) throws -> String { try tokenizer.render(Self.chat(template: template)) }
        #expect(try text("rag") == "r" && text("default") == "d")
        #expect(try text("<{{ messages[0].content }}>{{ bos_token }}") == "<hello><|begin_of_text|>")
        for (template, message) in [
            ("rags", "'rags' is neither a Jinja text with tags nor one of the model's templates: default, rag"),
            ("{{ x y }}", "expected 'end of print statement', got 'y' (template line 1, column 6)"),
        ] {
            let error = #expect(throws: RequestError.self) { try text(template) }
            #expect(error?.parameter == "chat_template" && error?.message.contains(message) == true)
        }
    }

    @Test func `an argument is a file, a text or a name`() throws {
        let path = FileManager.default.temporaryDirectory.path + "/needletail-{template}-\(UUID().uuidString)"
        try Files.write("{{ 'in a file' }}", to: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try ChatTemplateChoice(path) == .source("{{ 'in a file' }}"))
        #expect(try ChatTemplateChoice("{{ messages }}") == .source("{{ messages }}"))
        #expect(try ChatTemplateChoice("one\ntwo") == .source("one\ntwo"))
        let long = "{% if a/b.c %}" + String(repeating: "x", count: 10_000) + "{% endif %}"
        #expect(try ChatTemplateChoice(long) == .source(long))
        #expect(try ChatTemplateChoice("tool_use") == .named("tool_use"))
        for wrong in ["./nope", "nope.jinja"] {
            #expect(throws: EngineError("--chat-template: cannot read '\(wrong)': No such file or directory")) {
                try ChatTemplateChoice(wrong)
            }
        }
    }
}
