package import Support

/// A chat template in Jinja 2's immutable sandbox. It reads only the values it is given, and rendering is thread-safe.
///
/// It has the settings and extensions of Hugging Face tokenizers: `trim_blocks`, `lstrip_blocks`, loop controls,
/// `generation`, `raise_exception`, `strftime_now`, and a `tojson` that escapes neither HTML nor non-ASCII text.
package struct ChatTemplate: Sendable {
    /// The template's Jinja source.
    package let source: String
    let program: Program
    /// The message form that the template expects.
    package let traits: TemplateTraits

    /// Parses a template; a syntax error names the line.
    package init(source: String) throws(ChatTemplateError) {
        self.source = source
        program = try Parser.parse(source)
        traits = TemplateTraits(program)
    }

    /// Renders the template with the members of `context` as its variables.
    ///
    /// - Parameter clock: the time for `strftime_now`, which fails without one.
    package func render(
        _ context: JSONObject, clock: TemplateClock? = nil, limits: RenderLimits = RenderLimits()
    ) throws(ChatTemplateError) -> String {
        let interpreter = Interpreter(program: program, clock: clock, limits: limits)
        return try interpreter.render(context)
    }
}
