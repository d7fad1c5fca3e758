package import Support

/// A chat template: Jinja as Hugging Face tokenizers run it, in a sandbox.
///
/// The language is Jinja 2 in an immutable sandboxed environment with `trim_blocks`, `lstrip_blocks`, loop controls,
/// the `generation` block, `raise_exception`, `strftime_now` and a `tojson` that escapes neither HTML nor non-ASCII
/// text. A template reads the values it is given and nothing else. Parse once, render many times, from any thread.
package struct ChatTemplate: Sendable {
    package let source: String
    let program: Program
    /// What the template expects of messages.
    package let traits: TemplateTraits

    /// Parses a template; the error names the line.
    package init(source: String) throws(ChatTemplateError) {
        self.source = source
        program = try Parser.parse(source)
        traits = TemplateTraits(program)
    }

    /// Renders the template with the members of `context` as its variables.
    ///
    /// - Parameter clock: the time for `strftime_now`; a template that asks for it fails without.
    package func render(
        _ context: JSONObject, clock: TemplateClock? = nil, limits: RenderLimits = RenderLimits()
    ) throws(ChatTemplateError) -> String {
        let interpreter = Interpreter(program: program, clock: clock, limits: limits)
        return try interpreter.render(context)
    }
}
