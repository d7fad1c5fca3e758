import ChatTemplate
import Support
import Testing

/// Single features of the language, compared with jinja2.
@Suite struct SnippetTests {
    @Test(arguments: try Snippet.fixtures())
    func `a snippet renders as in jinja2`(snippet: Snippet) { check(snippet) }

    @Test(arguments: try Snippet.extras())
    func `a further snippet renders as in jinja2`(snippet: Snippet) { check(snippet) }

    @Test func `the snippets are found`() throws {
        #expect(try Snippet.fixtures().count > 100)
        #expect(try Snippet.extras().count > 1000)
    }

    private func check(_ snippet: Snippet) {
        do throws(ChatTemplateError) {
            let text = try render(snippet.template, snippet.context)
            #expect(Array(text.utf8) == snippet.expected.map { Array($0.utf8) }, "rendered \(text)")
        } catch {
            #expect(snippet.expected == nil, "\(error)")
            if snippet.error == "TemplateSyntaxError" { #expect(error.kind == .syntax, "\(error)") }
            if snippet.error == "TemplateError", let message = snippet.message {
                #expect(error.kind == .raised)
                #expect(error.message == message)
            }
        }
    }
}
