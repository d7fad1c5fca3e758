import CLI
import Testing

/// vLLM's flags that this program does not need or does not have.
@Suite struct FlagVerdictTests {
    @Test func `flags without effect are dropped with their values and reported`() throws {
        let line = try ServeCommandLine([
            "model.gguf", "--gpu-memory-utilization", "0.9", "--enforce_eager", "--swap_space=4", "-O2",
            "--enable-chunked-prefill", "--port", "1",
        ])
        #expect(line.words == ["model.gguf", "--port", "1"])
        #expect(
            line.ignored == [
                "--gpu-memory-utilization", "--enforce-eager", "--swap-space", "--optimization-level",
            ])
        #expect(line.defaults == ["--enable-chunked-prefill"])
    }

    @Test(arguments: [
        ["--tensor-parallel-size", "1"], ["-tp", "1"], ["--pipeline_parallel_size=1"], ["--kv-cache-dtype", "auto"],
        ["--load-format", "safetensors"], ["-q", "gguf"],
    ])
    func `flags with the only supported value are dropped in silence`(words: [String]) throws {
        let line = try ServeCommandLine(words)
        #expect(line.words.isEmpty && line.ignored.isEmpty && line.defaults.isEmpty)
    }

    private static let refused: [(words: [String], message: String)] = [
        (["-tp", "2"], "--tensor-parallel-size: only 1 is supported, got '2'"),
        (["--tensor_parallel_size=2"], "--tensor-parallel-size: only 1 is supported, got '2'"),
        (["--kv-cache-dtype", "fp8"], "--kv-cache-dtype: only auto is supported, got 'fp8'"),
        (["--kv-cache-dtype"], "--kv-cache-dtype: only auto is supported, got ''"),
        (["--load-format", "pt"], "--load-format: only auto, safetensors, gguf is supported, got 'pt'"),
        (["--enable-lora"], "--enable-lora: is not supported"),
        (["--tool-call-parser", "hermes"], "--tool-call-parser: is not supported"),
    ]

    @Test(arguments: refused)
    func `flags of features that do not exist are refused`(words: [String], message: String) {
        #expect(mistake(words) == message)
    }
}
