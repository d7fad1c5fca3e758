import ChatTemplate
import Support
import TestSupport
import Testing

@Suite struct RenderingTests {
    /// One parsed template serves many threads, and a rendering leaves nothing behind.
    @Test func `many threads render one template at the same time`() async throws {
        let template = try ChatTemplate(
            source: "{% set ns = namespace(n=0) %}{% for i in l %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}")
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for count in 0..<16 {
                group.addTask {
                    let list = JSONValue.array(Array(repeating: .integer(count), count: 100))
                    return try template.render(JSONObject([("l", list)]))
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(texts == Set((0..<16).map { String($0 * 100) }))
    }

    /// Canonically equivalent spellings are different strings, as in Python.
    @Test func `strings are compared by code points`() throws {
        let context: JSONValue = ["a": "\u{E9}", "b": "e\u{301}"]
        #expect(try render("{{ a == b }}{{ a in b }}{{ a | length }}{{ b | length }}", context) == "FalseFalse12")
        #expect(try render("{{ {a: 1, b: 2} | length }}{{ [a, b] | unique | list | length }}", context) == "22")
        #expect(try render("{{ '\\r\\n' | length }}{{ 'a\\r\\nb'[1] == '\\r' }}") == "2True")
        #expect(try render("{{ x | length }}{{ x[1:] }}", ["x": "a\r\nb"]) == "4\r\nb")
    }

    @Test func `a template sees only the variables that it is given`() throws {
        #expect(try render("{{ x }}{{ y is defined }}", ["x": 1]) == "1False")
    }

    @Test func `large integers and floats are kept`() throws {
        let context: JSONValue = ["i": .integer(.max), "f": 1e22, "g": 0.1]
        #expect(try render("{{ i + 1 }} {{ f }} {{ g | tojson }}", context) == "9223372036854775808 1e+22 0.1")
    }
}
