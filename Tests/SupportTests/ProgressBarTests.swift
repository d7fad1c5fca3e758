import Support
import Testing

@Suite struct ProgressBarTests {
    @Test(arguments: [
        (
            Progress(label: "m.gguf", done: 50_000_000, total: 200_000_000), 4,
            "m.gguf  [######                  ]  25%  50.0/200.0 MB  12.5 MB/s"
        ),
        (Progress(label: "m.gguf", done: 1_000_000, total: nil), 0, "m.gguf  1.0 MB"),
        (
            Progress(label: "bench", done: 3, total: 3, unit: .items("requests")), 9,
            "bench  [########################] 100%  3/3 requests"
        ),
        (Progress(label: "a\u{1B}\nb", done: 0, total: 0), 0, "a??b  0.0/0.0 MB"),
    ])
    func `progress is drawn as one line`(progress: Progress, seconds: Int, line: String) {
        #expect(ProgressBar.line(progress, elapsed: .seconds(seconds)) == line)
    }
}
