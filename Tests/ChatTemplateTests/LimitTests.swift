import ChatTemplate
import Support
import Testing

/// What a hostile template runs into, each time as an error and soon.
@Suite struct LimitTests {
    private func limits(_ change: (inout RenderLimits) -> Void) -> RenderLimits {
        var limits = RenderLimits()
        change(&limits)
        return limits
    }

    @Test func `steps are limited`() {
        let source = "{% for i in range(100) %}{{ i }}{% endfor %}"
        #expect(failure(source, limits: limits { $0.steps = 200 })?.kind == .limit)
        #expect(failure(source, limits: limits { $0.steps = 2000 }) == nil)
    }

    @Test func `bytes of output are limited`() {
        let source = "{% for i in range(100) %}0123456789{% endfor %}"
        #expect(failure(source, limits: limits { $0.outputBytes = 999 })?.kind == .limit)
        #expect(failure(source, limits: limits { $0.outputBytes = 1000 }) == nil)
    }

    @Test func `allocated bytes are limited`() {
        let source = "{% for i in range(100) %}{% set x = 'a' * 1000 %}{% endfor %}"
        #expect(failure(source, limits: limits { $0.allocatedBytes = 90_000 })?.kind == .limit)
        #expect(failure(source, limits: limits { $0.allocatedBytes = 110_000 }) == nil)
    }

    @Test func `the length of a range is limited`() {
        #expect(failure("{{ range(11) }}", limits: limits { $0.rangeLength = 10 })?.kind == .limit)
        #expect(failure("{{ range(10) }}", limits: limits { $0.rangeLength = 10 }) == nil)
    }

    @Test(arguments: [
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f() %}{{ caller() }}{% endmacro %}{% macro g() %}"
            + "{% call f() %}{{ g() }}{% endcall %}{% endmacro %}{{ g() }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    ])
    func `the depth of recursion is limited`(source: String) {
        #expect(failure(source)?.kind == .limit)
    }

    @Test(arguments: [
        "{{ 'a' * 10**9 }}", "{{ [1] * 10**9 }}", "{{ range(10**12) }}", "{{ '1'.zfill(10**12) }}",
        "{{ 'a'.center(10**15) }}", "{{ 'a' | center(10**15) }}", "{{ '{:99999999999}'.format(1) }}",
        "{{ '%99999999999d' % 1 }}", "{{ '%.99999999999f' % 1.5 }}", "{{ '%*d' % (10**15, 1) }}",
        "{{ 'a\nb' | indent(10**12) }}", "{{ [1] | tojson(indent=10**10) }}", "{{ [1] | batch(10**12, 0) | list }}",
        "{{ [1] | slice(10**12) | list }}", "{{ ('a' * 100000) | replace('a', 'b' * 100000) }}",
        "{{ ('a' * 100000).replace('', 'b' * 100000) }}", "{{ (['a' * 100000] * 100000) | join }}",
        "{{ ','.join(['a' * 100000] * 100000) }}", "{{ ('\t' * 100000).expandtabs(100000) }}",
    ])
    func `an operation with a huge result is refused`(source: String) {
        #expect(failure(source)?.kind == .limit)
    }

    @Test(arguments: [
        "{{ 10 ** 40 }}", "{{ 2 ** 126 * 2 }}", "{{ 2 ** 126 + 2 ** 126 }}", "{{ -(2 ** 126) * 4 }}",
        "{{ 10 ** 10 ** 10 }}", "{{ '1' * 50 | int + 1 }}", "{{ 1e300 | int }}",
    ])
    func `integer overflow is an error`(source: String) {
        #expect(failure(source)?.kind == .runtime)
    }

    @Test(arguments: [
        "{% for i in range(1000) %}{% set ns.x = [ns.x] %}{% endfor %}",
        "{% for i in range(1000) %}{% set ns.x = {'a': ns.x} %}{% endfor %}",
        "{% for i in range(1000) %}{% set ns.x = {'a': ns.x}.get %}{% endfor %}",
        "{% for i in range(1000) %}{% set ns.x = cycler(ns.x) %}{% endfor %}",
        "{% for i in range(1000) %}{% set ns.x = [ns.x] | map('default') %}{% endfor %}",
        "{% for i in range(1000) %}{% for y in [ns.x] %}{% set ns.x = loop %}{% endfor %}{% endfor %}",
    ])
    func `deeply nested values are refused`(body: String) {
        #expect(failure("{% set ns = namespace(x=1) %}" + body)?.kind == .limit)
    }

    /// Chains of objects that hold each other are freed without recursion.
    @Test(arguments: [
        "{% for i in range(20000) %}{% set ns.x = namespace(a=ns.x) %}{% endfor %}",
        "{% macro m(p) %}{% macro f() %}{{ p }}{% endmacro %}{% set ns.x = f %}{% endmacro %}"
            + "{% for i in range(20000) %}{{ m(ns.x) }}{% endfor %}",
        "{% set ns.self = ns %}",
    ])
    func `long chains of objects are freed`(body: String) {
        #expect(failure("{% set ns = namespace(x=1) %}" + body) == nil)
    }

    /// Values that share parts are exponentially larger than their memory.
    @Test(arguments: ["{{ ns.x }}", "{{ ns.x | tojson }}", "{{ ns.x == ns.y }}", "{{ ns.x < ns.y }}"])
    func `values that share parts are limited by their expanded size`(use: String) {
        let source =
            "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(200) %}"
            + "{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}" + use
        #expect(failure(source)?.kind == .limit)
    }

    @Test func `keys that share parts are limited by their expanded size`() {
        let source =
            "{% set ns = namespace(x=(1,)) %}{% for i in range(200) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}"
        #expect(failure(source + "{{ {ns.x: 1} }}")?.kind == .limit)
    }

    @Test(arguments: ["a | length", "a.strip()", "'x' in a", "a == b", "a[5]", "a[1:]", "a.isalpha()", "{a: 1}"])
    func `repeated scans of a long text count as steps`(expression: String) {
        let source =
            "{% set a = 'é' * 1000000 %}{% set b = a ~ '' %}{% for i in range(100000) %}{{ (\(expression)) is none }}"
            + "{% endfor %}"
        #expect(failure(source, limits: limits { $0.steps = 1_000_000 })?.kind == .limit)
    }

    @Test(arguments: [
        ("(", "1", ")"), ("[", "1", "]"), ("-", "1", ""), ("not ", "1", ""), ("", "1", " | string"), ("", "a", ".b"),
        ("", "a", "[0]"), ("1 if 0 else ", "1", ""), ("", "a", "()"), ("a(", "", ")"), ("{1: ", "1", "}"),
    ])
    func `deeply nested expressions are a syntax error`(opening: String, middle: String, closing: String) {
        let source =
            "{{ " + String(repeating: opening, count: 20_000) + middle + String(repeating: closing, count: 20_000)
            + " }}"
        #expect(failure(source)?.kind == .syntax)
    }

    @Test func `deeply nested statements are a syntax error`() {
        let source = String(repeating: "{% if 1 %}", count: 5000) + String(repeating: "{% endif %}", count: 5000)
        #expect(failure(source)?.kind == .syntax)
    }

    /// Chains of one precedence do not nest, whatever their length.
    @Test(arguments: [" + ", " ~ ", " * ", " or ", " and ", " == "])
    func `long expressions of one precedence are parsed`(separator: String) {
        let source = "{{ " + Array(repeating: "1", count: 5000).joined(separator: separator) + " }}"
        #expect(failure(source) == nil)
    }

    /// Searching is linear also where naive search is quadratic.
    @Test func `a search takes linear time where a naive one takes quadratic time`() throws {
        let source =
            "{% set a = 'a' * 1000000 %}{% set b = 'a' * 500000 ~ 'b' %}{{ b in a }}{{ a.find(b) }}{{ a.count(b) }}"
        #expect(try render(source) == "False-10")
    }
}
