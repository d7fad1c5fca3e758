import ChatTemplate
import Testing

/// What a template expects of messages, found without rendering.
@Suite struct TraitTests {
    private func format(_ source: String, role: String = "user") throws -> ContentFormat {
        try ChatTemplate(source: source).traits.contentFormat(ofRole: role)
    }

    @Test(arguments: [
        "{% for m in messages %}{% for p in m.content %}{{ p.text }}{% endfor %}{% endfor %}",
        "{% for m in messages %}{{ m['content'][0]['text'] }}{% endfor %}",
        "{% set l = messages | list %}{% for m in l[1:] %}{% set c = m.get('content') %}{{ c | map('upper') }}{% endfor %}",
        "{% macro a(m) %}{% for p in m.content %}x{% endfor %}{% endmacro %}{{ a(messages[-1]) }}",
        "{% macro a(x, m) %}{% for p in m.content %}x{% endfor %}{% endmacro %}{{ a(m=messages | last, x=1) }}",
        "{% for m in messages %}{% for p in loop.previtem.content %}x{% endfor %}{% endfor %}",
        "{% for m in messages %}{% if m.content is not none %}{% for p in m.content %}{% endfor %}{% endif %}{% endfor %}",
        "{% set ns = namespace() %}{% set ns.c = messages[0].content %}{% for p in ns.c %}{% endfor %}",
        "{% for m in messages %}{% for p in (m.content or []) if p.type == 'text' %}{{ p }}{% endfor %}{% endfor %}",
    ])
    func `content read as a list asks for parts`(source: String) throws {
        #expect(try format(source) == .parts)
    }

    @Test(arguments: [
        "{% for m in messages %}{{ m.content }}{% endfor %}", "{{ messages }}", "no messages",
        "{% for m in messages %}{{ m.content[0] }}{{ m.content[1:] }}{{ m.content.split()[0] }}{% endfor %}",
        "{% for p in messages %}{% for c in p.tool_calls %}{{ c.text }}{% endfor %}{{ p.content }}{% endfor %}",
        "{% for content in documents %}{% for p in content %}{{ p.text }}{% endfor %}{% endfor %}",
        "{% for m in messages %}{% set content = m.content | trim %}{% for l in content %}{% endfor %}{% endfor %}",
        "{% for m in messages %}{% if m.role == 'tool' %}{% for p in m.content %}{% endfor %}{% endif %}{% endfor %}",
        "{% for m in messages if m.role == 'system' %}{% for p in m.content %}{% endfor %}{% endfor %}",
    ])
    func `content read as text, or for another role only, stays a string`(source: String) throws {
        #expect(try format(source) == (source.contains(" if m.role == 'system' %}") ? .parts : .text))
    }

    @Test func `each role has its own format`() throws {
        let source = """
            {% for m in messages %}{% set role = m['role'] %}{% if role == 'system' %}{{ m.content }}\
            {% elif role in ('user', 'tool') %}{% for p in m.content %}{{ p.text }}{% endfor %}\
            {% elif m.content is string %}{{ m.content }}{% else %}{{ m.content[0].text }}{% endif %}{% endfor %}
            """
        for (role, expected) in [
            ("system", ContentFormat.text), ("user", .parts), ("tool", .parts), ("assistant", .any), ("other", .parts),
        ] {
            #expect(try format(source, role: role) == expected, "\(role)")
        }
    }

    @Test func `recursive macros and deep nesting end`() throws {
        let recursive = "{% macro f(x) %}{{ f(x) }}{{ f(x.a) }}{{ f([x]) }}{% endmacro %}{{ f(messages) }}"
        #expect(try format(recursive) == .text)
        let nested = String(repeating: "(not ", count: 30) + "messages" + String(repeating: ")", count: 30)
        #expect(try format("{% if \(nested) %}{% endif %}") == .text)
        let branches = String(repeating: "{% if a and (b or c and (d or e)) %}", count: 30)
        #expect(try format(branches + String(repeating: "{% endif %}", count: 30)) == .text)
    }

    @Test(arguments: [
        ("{{ messages[0].role == 'developer' }}", true), ("{{ messages[0]['role'] in ['system', 'developer'] }}", true),
        ("{% for m in messages %}{% if 'developer' == m.role %}{% endif %}{% endfor %}", true),
        ("developer {{ 'developer' }}{{ messages[0].content == 'developer' }}", false),
    ])
    func `a template knows the role developer if it compares roles with it`(source: String, expected: Bool) throws {
        #expect(try ChatTemplate(source: source).traits.knowsDeveloper == expected)
    }
}
