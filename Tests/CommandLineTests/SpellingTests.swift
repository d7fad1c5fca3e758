import APIServer
import CLI
import Needletail
import Support
import Testing

@Suite struct SpellingTests {
    @Test(arguments: [
        ["--max-num-seqs", "4"], ["--max-num-seqs=4"], ["--max_num_seqs", "4"], ["--max_num_seqs=4"],
        ["--max-num_seqs", "4"], ["-max-num-seqs", "4"],
    ])
    func `a flag may be written with dashes or underscores, and its value after a space or an equals sign`(
        words: [String]
    ) throws {
        #expect(try serve(words).engine.maxSequences == 4)
    }

    @Test func `underscores of a value stay`() throws {
        #expect(try serve(["--served_model_name=a_b"]).engine.servedModelName == "a_b")
        #expect(try serve(["--logprobs_mode", "raw_logits"]).engine.logprobsMode == .rawLogits)
    }

    @Test func `the last of repeated flags counts`() throws {
        #expect(try serve(["--max-num-seqs", "4", "--max_num_seqs=5"]).engine.maxSequences == 5)
        let switches = ["--no-enable-prefix-caching", "--enable-prefix-caching"]
        #expect(try serve(switches).engine.enablesPrefixCaching)
        #expect(try !serve(switches.reversed()).engine.enablesPrefixCaching)
    }

    @Test func `repeated lists add up`() throws {
        let words = ["--api-key", "a", "b", "--port", "1", "--api-key", "c"]
        #expect(try serve(words).server.apiKeys == ["a", "b", "c"])
    }

    @Test func `a member of a JSON flag may be set by itself, and takes precedence over the whole`() throws {
        let member = ["--override-generation-config.temperature", "0"]
        let expected: JSONObject = ["top_p": 0.5, "temperature": 0]
        for whole in [
            ["--override-generation-config", #"{"top_p": 0.5, "temperature": 1}"#],
            [#"--override_generation_config={"top_p": 0.5, "temperature": 1}"#],
            ["--override-generation-config.top_p=0.5"],
        ] {
            #expect(try serve(whole + member).engine.generationConfigOverride == expected, "\(whole)")
        }
    }

    private static let integers: [(text: String, value: Int)] = [
        ("32", 32), ("-1", -1), ("1k", 1000), ("1K", 1024), ("0.1k", 100), ("1.5k", 1500), ("1.25m", 1_250_000),
        ("2M", 2 << 20), ("3g", 3_000_000_000), ("1G", 1 << 30), ("1t", 1_000_000_000_000), ("1T", 1 << 40),
    ]

    @Test(arguments: integers)
    func `an integer may have a suffix, lowercase for thousands and uppercase for powers of two`(
        text: String, value: Int
    ) {
        #expect(ReadableInteger(argument: text)?.value == value)
    }

    @Test(arguments: [
        "", "k", "x", "1.5", "1.5K", "1e3", "1kk", "1 k", "0x10", "-1k", "1.0005k", "1.2.3k", "99999999999999t",
    ])
    func `other texts are not integers`(text: String) {
        #expect(ReadableInteger(argument: text) == nil)
    }
}
