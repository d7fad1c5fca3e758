import ChatTemplate
import Support
import Testing

@Suite struct ErrorTests {
    @Test func `a syntax error names the line`() throws {
        let error = try #require(throws: ChatTemplateError.self) { try ChatTemplate(source: "a\nb\n{% if %}\n") }
        #expect(error.kind == .syntax)
        #expect(error.line == 3)
    }

    @Test(arguments: [
        ("a\n{{ x.y.z }}", 2), ("{% for i in [1] %}\n\n{{ i + 'a' }}{% endfor %}", 3),
        ("{% macro m() %}\n{{ 1 / 0 }}{% endmacro %}\n{{ m() }}", 2), ("\n{% set x = none.a.b %}", 2),
    ])
    func `a runtime error names the line`(source: String, line: Int) {
        let error = failure(source)
        #expect(error?.kind == .runtime)
        #expect(error?.line == line)
    }

    @Test func `a raised error has the text of the template`() {
        let error = failure("\n{{ raise_exception('no ' ~ role) }}", ["role": "x"])
        #expect(error == ChatTemplateError(.raised, "no x", line: 2))
    }

    @Test(arguments: [
        ("{{ a.b }}", "'a' is undefined"), ("{{ d.x.y }}", "'dict object' has no attribute 'x'"),
        ("{{ n.x.y }}", "'None' has no attribute 'x'"), ("{{ l[3].y }}", "list object has no element 3"),
        ("{{ l.append(1) }}", "access to attribute 'append' of 'list' object is unsafe."),
        ("{{ l | nope }}", "no filter named 'nope'"), ("{{ l is nope }}", "no test named 'nope'"),
    ])
    func `a message names the variable, attribute, filter or test at fault`(source: String, message: String) {
        #expect(failure(source, ["d": [:], "n": .null, "l": [1]])?.message == message)
    }

    @Test func `the time needs a clock`() throws {
        let template = try ChatTemplate(source: "{{ strftime_now('%Y') }}")
        #expect(throws: ChatTemplateError.self) { try template.render(JSONObject()) }
        #expect(try template.render(JSONObject(), clock: fixtureClock) == "2025")
    }
}
