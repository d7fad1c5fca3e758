import Testing

@Suite struct MistakeTests {
    private static let wrong: [(words: [String], message: String)] = [
        (
            ["--dtype", "int3"],
            """
            The value 'int3' is invalid for '--dtype <dtype>'. Please provide one of 'auto', 'bfloat16', 'float16' or \
            'float32'.
            """
        ),
        (
            ["--scheduling_policy=x"],
            """
            The value 'x' is invalid for '--scheduling-policy <scheduling-policy>'. Please provide one of 'fcfs' and \
            'priority'.
            """
        ),
        (["--port", "70000"], "--port: must be in 0...65535, got 70000"),
        (["--max-n", "0"], "--max-n: must be in 1...16384, got 0"),
        (["--stream-interval=0"], "--stream-interval: must be in 1...1048576, got 0"),
        (["--shutdown-timeout", "100000"], "--shutdown-timeout: must be in 0.0...86400.0, got 100000.0"),
        (["--root-path", "llm/"], "--root-path: must begin with / and not end with it, got 'llm/'"),
        (["--allowed-origins", "a"], "--allowed-origins: must be a JSON list of strings, got 'a'"),
        (["--override-generation-config", "[]"], "--override-generation-config: must be a JSON object, got '[]'"),
        (["--default-chat-template-kwargs=1"], "--default-chat-template-kwargs: must be a JSON object, got '1'"),
        (
            ["--reasoning-config", "{}"],
            "--reasoning-config: must be a JSON object with the strings think_start_str and think_end_str, got '{}'"
        ),
        (["--api-key", ""], "--api-key: must not be empty, got ''"),
        (["--ssl-certfile", "cert.pem"], "--ssl-certfile and --ssl-keyfile: must be given together"),
        (["--chat-template", "/nope"], "--chat-template: cannot read '/nope': No such file or directory"),
    ]

    @Test(arguments: wrong)
    func `a wrong value is one line with the flag, the value and what is allowed`(words: [String], message: String) {
        #expect(mistake(words) == message)
    }

    private static let notNumbers: [(words: [String], message: String)] = [
        (["--max-num-seqs", "abc"], "The value 'abc' is invalid for '--max-num-seqs <max-num-seqs>'"),
        (
            ["--max-num-batched-tokens", "1.5K"],
            "The value '1.5K' is invalid for '--max-num-batched-tokens <max-num-batched-tokens>'"
        ),
        (["--max-model-len", "long"], "The value 'long' is invalid for '--max-model-len <max-model-len>'"),
    ]

    @Test(arguments: notNumbers)
    func `a value that is not a number is one line with the flag and the value`(words: [String], message: String) {
        #expect(mistake(words) == message)
    }

    private static let missing: [(words: [String], message: String)] = [
        (["--max-num-seqs"], "Missing value for '--max-num-seqs <max-num-seqs>'"),
        (["--config"], "--config: needs a file"),
        (["--override-generation-config.top_p"], "--override-generation-config.top-p: needs a value"),
    ]

    @Test(arguments: missing)
    func `a missing value is one line with the flag`(words: [String], message: String) {
        #expect(mistake(words) == message)
    }

    private static let unknown: [(words: [String], message: String)] = [
        (["--nonsense"], "Unknown option '--nonsense'"),
        (["--max_num_seq", "4"], "Unknown option '--max-num-seq'. Did you mean '--max-num-seqs'?"),
        (["model.gguf", "other.gguf"], "Unexpected argument 'other.gguf'"),
    ]

    @Test(arguments: unknown)
    func `an unknown flag or a second model is one line with its name`(words: [String], message: String) {
        #expect(mistake(words) == message)
    }

    @Test func `right flags are no mistake`() {
        #expect(mistake(["model.gguf", "--port", "0"]) == nil)
    }
}
