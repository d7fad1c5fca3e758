import ChatTemplate
import Support
import TestSupport
import Testing

/// Conversations through real families of templates, byte for byte as the reference renders them.
@Suite struct TemplateCaseTests {
    @Test(arguments: [
        "chatml", "command_r", "deepseek_r1", "gemma", "gpt_oss_like", "granite", "llama2", "llama31_tools",
        "mistral_tools", "phi3", "qwen25_tools", "qwen3_thinking",
    ])
    func `conversations render as in the reference`(name: String) throws {
        let template = try ChatTemplate(source: TemplateCase.source(name))
        let cases = try TemplateCase.all().filter { $0.template == name }
        #expect(!cases.isEmpty)
        for (index, item) in cases.enumerated() {
            do throws(ChatTemplateError) {
                let text = try item.render(template)
                #expect(Array(text.utf8) == item.expected.map { Array($0.utf8) }, "case \(index)")
            } catch {
                #expect(item.expected == nil, "case \(index): \(error)")
                if item.error == "TemplateError" {
                    #expect(error.kind == .raised)
                    #expect(error.message == item.message)
                }
            }
        }
    }

    @Test func `a final message that the template trims is continued`() throws {
        let template = try ChatTemplate(
            source: "{% for m in messages %}[{{ m.content | trim }}]{% endfor %}")
        let messages: [JSONValue] = [
            ["role": "user", "content": "q"], ["role": "assistant", "content": "The answer "],
        ]
        let text = try template.render(messages: messages, continueFinalMessage: true)
        #expect(text == "[q][The answer")
    }

    @Test func `the last text part of a final message is continued`() throws {
        let template = try ChatTemplate(
            source: "{% for p in messages[0].content %}{{ p.text if p.text is defined else '#' }};{% endfor %}")
        let parts: JSONValue = [["text": "a "], ["type": "image"], ["text": "b "], ["type": "image"]]
        let messages: [JSONValue] = [["role": "assistant", "content": parts]]
        #expect(try template.render(messages: messages, continueFinalMessage: true) == "a ;#;b ")
    }

    @Test(arguments: [
        JSONValue.array([]), [["role": "assistant"]], [["role": "assistant", "content": [["type": "image"]]]],
        [["role": "assistant", "content": "dropped"]],
    ])
    func `a final message that is missing from the text cannot be continued`(messages: JSONValue) throws {
        let template = try ChatTemplate(source: "{% for m in messages %}{{ m.role }}{% endfor %}")
        #expect(throws: ChatTemplateError.self) {
            try template.render(messages: messages.arrayValue ?? [], continueFinalMessage: true)
        }
    }

    /// transformers' apply_chat_template gives the same texts.
    @Test(
        arguments: [
            (["role": "assistant", "content": .null, "tool_calls": .null], #"{"role": "assistant"}"#),
            (["id": 1, "reasoning": "r"], #"{"thinking": "r", "id": 1, "reasoning": "r", "reasoning_content": "r"}"#),
            (["thinking": "t", "reasoning_content": "c"], #"{"thinking": "t", "reasoning_content": "c"}"#),
            (["reasoning_content": .null, "thinking": "t"], #"{"thinking": "t", "reasoning_content": "t"}"#),
        ] as [(JSONValue, String)])
    func `null members are left out and reasoning has every name`(message: JSONValue, expected: String) throws {
        #expect(try ChatTemplate(source: "{{ messages[0] | tojson }}").render(messages: [message]) == expected)
    }

    @Test func `a message is not continued by a template that does not read content`() throws {
        let template = try ChatTemplate(source: "{{ messages[0].role }}")
        let message: JSONValue = ["role": "assistant", "content": "x"]
        let error = #expect(throws: ChatTemplateError.self) {
            try template.render(messages: [message], continueFinalMessage: true)
        }
        #expect(error?.message.hasSuffix("the template does not read the content of messages") == true)
    }

    @Test func `absent tools are none`() throws {
        let template = try ChatTemplate(source: "{{ tools is none }}{{ documents }}{{ add_generation_prompt }}")
        #expect(try template.render(messages: []) == "TrueNoneFalse")
    }

    @Test func `keys keep their order`() throws {
        let template = try ChatTemplate(source: "{{ tools | tojson }}{% for k in tools[0] %}{{ k }}{% endfor %}")
        let tool: JSONValue = ["z": 1, "a": ["y": 2, "b": 3], "m": 4]
        #expect(
            try template.render(messages: [], tools: [tool])
                == #"[{"z": 1, "a": {"y": 2, "b": 3}, "m": 4}]zam"#)
    }
}
