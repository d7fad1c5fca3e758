import ChatTemplate
import Support
import Testing

@Suite struct ErrorTests {
    @Test(arguments: [
        ("a\nb\n{% if %}\n", 3, 7, "expected an expression"),
        ("{{ 'a' }}\r\n  {{ b c }}", 2, 8, "expected 'end of print statement'"),
        ("é{% nope %}", 1, 5, "unknown tag 'nope'"), ("x\n{{ a ? }}", 2, 6, "unexpected character '?'"),
        ("{{ a\n  | nope }}", 2, 5, "no filter named 'nope'"), ("{{ a is not nope }}", 1, 13, "no test named 'nope'"),
        ("{% set 1 = 2 %}", 1, 8, "cannot assign to '1'"),
        ("{% macro m(a, a) %}{% endmacro %}", 1, 15, "duplicate parameter"),
        ("{{ [1, 2) }}", 1, 9, "unexpected ')'"), ("a {# b", 1, 5, "missing end of comment tag"),
        ("{{ 'a\n\nb' c }}", 3, 4, "expected"),
        ("{% for x in y %}\n", 1, 17, "unexpected end of template"), ("{% break %}", 1, 4, "'break' outside of a loop"),
    ])
    func `a syntax error names line and column`(source: String, line: Int, column: Int, message: String) throws {
        let error = try #require(throws: ChatTemplateError.self) { try ChatTemplate(source: source) }
        #expect(error.kind == .syntax)
        #expect((error.line, error.column) == (line, column), "\(error)")
        #expect(error.message.hasPrefix(message))
        #expect("\(error)".hasSuffix(" (template line \(line), column \(column))"))
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
