import ChatTemplate
import Support
import TestSupport
import Testing

/// Damaged templates end in an error or in text.
@Suite struct MutationTests {
    private static let fragments = [
        "{{", "}}", "{%", "%}", "-%}", "{%-", "{#", "#}", " if ", " else ", " in ", " not ", " is ", "|", " ~ ", " + ",
        "(", ")", "[", "]", "{", "}", "'", "\"", ",", ".", ":", "\n", "==", " and ", "loop", "messages", "1", "endif",
        "endfor", " set ", "raw", "\\", " ** ", "999999999999", "*", "é", "\u{0}",
    ].map { Array($0.unicodeScalars) }

    private func mutated(_ source: [Unicode.Scalar], _ random: inout SplitMix) -> String {
        var scalars = source
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let start = Int.random(in: 0...scalars.count, using: &random)
            let end = min(scalars.count, start + Int.random(in: 0...20, using: &random))
            switch Int.random(in: 0..<3, using: &random) {
            case 0: scalars.removeSubrange(start..<end)
            case 1: scalars.insert(contentsOf: Self.fragments.randomElement(using: &random) ?? [], at: start)
            default:
                let piece = Array(scalars[start..<end])
                scalars.insert(contentsOf: piece, at: Int.random(in: 0...scalars.count, using: &random))
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    @Test(arguments: 0..<4)
    func `a damaged template ends in text or in an error`(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        let cases = try TemplateCase.all()
        var sources: [String: [Unicode.Scalar]] = [:]
        for name in Set(cases.map(\.template)) { sources[name] = Array(try TemplateCase.source(name).unicodeScalars) }
        var limits = RenderLimits()
        limits.steps = 100_000
        var rendered = 0
        for round in 0..<500 {
            guard let item = cases.randomElement(using: &random), let source = sources[item.template] else { continue }
            let text = mutated(source, &random)
            var context = item.arguments
            context["messages"] = .array(item.messages)
            do throws(ChatTemplateError) {
                let template = try ChatTemplate(source: text)
                _ = try template.render(context, clock: fixtureClock, limits: limits)
                rendered += 1
            } catch { #expect(!error.message.isEmpty, "seed \(seed), round \(round)") }
        }
        #expect(rendered > 0 && rendered < 500)
    }
}
