import ChatTemplate
import EngineTypes
import Needletail
import Support
import TestSupport
import Testing

/// Conversations in every form that clients send, through templates that each read only one form, compared with jinja2.
@Suite struct ConversationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let template: String
        let given: [[JSONValue]]
        /// The expected text; nil if the conversation must be rejected.
        let expected: String?

        static func all() throws -> [Case] {
            let document = try Fixtures.json("conversations/cases.json")
            return document["cases"]?.arrayValue?.map { json in
                Case(
                    testDescription: json["name"]?.stringValue ?? "", template: json["template"]?.stringValue ?? "",
                    given: json["given"]?.arrayValue?.map { $0.arrayValue ?? [] } ?? [],
                    expected: json["expected"]?.stringValue)
            } ?? []
        }
    }

    @Test(arguments: try Case.all())
    func `every form of a conversation gives the text that its template makes of the right one`(item: Case) throws {
        let template = try ChatTemplate(source: item.template)
        let variables: JSONObject = ["bos_token": "<s>", "eos_token": "</s>"]
        let normalizer = ConversationNormalizer(template: template, variables: variables)
        #expect(!item.given.isEmpty)
        for messages in item.given {
            guard let expected = item.expected else {
                let error = #expect(throws: RequestError.self) { try normalizer.normalized(messages) }
                #expect(error?.parameter == "messages[1].tool_calls[0].function.arguments")
                continue
            }
            let text = try template.render(
                messages: normalizer.normalized(messages), addGenerationPrompt: true, variables: variables,
                clock: TemplateClock(secondsSinceEpoch: 0))
            #expect(text.replacing(/(19|20)\d\d-\d\d-\d\d|\d\d \w+ \d{4}|\w+ \d\d, \d{4}/, with: "NOW") == expected)
        }
    }

    @Test func `the arguments of a legacy function call are parsed, too`() throws {
        let template = try ChatTemplate(
            source: "{% for m in messages %}{{ m.function_call.arguments | tojson }}{% endfor %}")
        let call: JSONValue = ["name": "f", "arguments": #"{"a":1}"#]
        let messages: [JSONValue] = [["role": "assistant", "content": "", "function_call": call]]
        let normalized = try ConversationNormalizer(template: template).normalized(messages)
        #expect(try template.render(messages: normalized) == #"{"a": 1}"#)
    }
}
