import APIServer
import Needletail
import Support
import Testing

@Suite struct ServeOptionsTests {
    @Test func `without flags the engine has its own defaults`() throws {
        #expect(try serve([]).engine == EngineOptions())
    }

    @Test func `without flags the server has its own defaults`() throws {
        let options = try serve([]).server
        let defaults = ServerOptions()
        #expect(options.host == defaults.host)
        #expect(options.port == defaults.port)
        #expect(options.socketPath == nil)
        #expect(options.rootPath == defaults.rootPath)
        #expect(options.tls?.certificatePath == nil)
        #expect(options.publicPaths == defaults.publicPaths)
        #expect(options.cors.origins == defaults.cors.origins)
        #expect(options.cors.methods == defaults.cors.methods)
        #expect(options.cors.headers == defaults.cors.headers)
        #expect(options.cors.allowsCredentials == defaults.cors.allowsCredentials)
        #expect(options.maxBodyByteCount == defaults.maxBodyByteCount)
        #expect(options.maxHeaderByteCount == defaults.maxHeaderByteCount)
        #expect(options.maxHeaderCount == defaults.maxHeaderCount)
        #expect(options.maxStoredResponseCount == defaults.maxStoredResponseCount)
        #expect(options.headerTimeout == defaults.headerTimeout)
        #expect(options.bodyTimeout == defaults.bodyTimeout)
        #expect(options.writeTimeout == defaults.writeTimeout)
        #expect(options.keepAliveTimeout == defaults.keepAliveTimeout)
        #expect(options.shutdownTimeout == defaults.shutdownTimeout)
        #expect(options.streamInterval == defaults.streamInterval)
        #expect(options.responseRole == defaults.responseRole)
        #expect(options.chatTemplateVariables == defaults.chatTemplateVariables)
        #expect(options.hasDocs == defaults.hasDocs)
    }

    @Test func `each flag of the engine sets its option`() throws {
        var expected = EngineOptions()
        expected.hfOverrides = #"{"rope_theta": 5}"#
        expected.revision = "dev"
        expected.tokenizer = "org/name"
        expected.tokenizerRevision = "main"
        expected.dtype = .float16
        expected.maxModelLength = 4096
        expected.maxSequences = 8
        expected.maxBatchedTokens = 1500
        expected.longPrefillTokenThreshold = 300
        expected.maxLongPartialPrefills = 2
        expected.maxStepMilliseconds = 0
        expected.blockSize = 32
        expected.enablesPrefixCaching = false
        expected.schedulingPolicy = .priority
        expected.seed = 7
        expected.threadCount = 3
        expected.kvCacheByteCount = 2_000_000_000
        expected.blockCountOverride = 100
        expected.maxLogprobs = -1
        expected.logprobsMode = .processedLogits
        expected.thinkingTexts = ThinkingTexts(start: "<a>", end: "</a>")
        expected.generationConfig = "vllm"
        expected.generationConfigOverride = ["temperature": 0.5]
        expected.maxQueuedRequests = 9
        expected.maxStopStringCount = 10
        expected.maxBadWordCount = 11
        expected.skipsTokenizer = true
        expected.servedModelName = "name"
        expected.profilesSteps = true
        expected.chatTemplate = .named("tool_use")
        let options = try serve([
            "--hf-overrides", #"{"rope_theta": 5}"#, "--revision", "dev", "--tokenizer", "org/name",
            "--tokenizer-revision", "main", "--trust-remote-code",
            "--dtype", "half", "--max-model-len", "4K", "--max-num-seqs", "8", "--max-num-batched-tokens", "1.5k",
            "--long-prefill-token-threshold", "300", "--max-long-partial-prefills", "2", "--max-step-time", "0",
            "--block-size", "32", "--no-enable-prefix-caching", "--scheduling-policy", "priority", "--seed", "7",
            "--threads", "3", "--kv-cache-memory-bytes", "2g", "--num-gpu-blocks-override", "100",
            "--max-logprobs", "-1", "--logprobs-mode", "processed_logits",
            "--reasoning-config", #"{"think_start_str": "<a>", "think_end_str": "</a>"}"#,
            "--generation-config", "vllm", "--override-generation-config", #"{"temperature": 0.5}"#,
            "--max-num-queued-reqs", "9", "--max-stop-strings", "10", "--max-bad-words", "11",
            "--skip-tokenizer-init", "--served-model-name", "name", "--profile",
            "--chat-template", "tool_use",
        ])
        #expect(options.engine == expected)
    }

    @Test func `flags of the server set its options`() throws {
        let options = try serve([
            "--host", "[::1]", "--port", "0", "--uds", "/tmp/socket", "--root-path", "/llm",
            "--ssl-certfile", "cert.pem", "--ssl-keyfile", "key.pem", "--enable-ssl-refresh",
            "--allowed-origins", #"["https://a.example"]"#, "--allow-credentials", "--h11-max-header-count", "5",
            "--max-n", "6", "--shutdown-timeout", "1.5", "--enable-log-requests", "--stream-interval", "4",
            "--default-chat-template-kwargs", #"{"enable_thinking": false}"#, "--disable-fastapi-docs",
            "--trust-request-chat-template",
        ]).server
        #expect(options.host == "::1")
        #expect(options.port == 0)
        #expect(options.socketPath == "/tmp/socket")
        #expect(options.rootPath == "/llm")
        #expect(options.tls?.certificatePath == "cert.pem")
        #expect(options.tls?.refreshes == true)
        #expect(options.cors.origins == ["https://a.example"])
        #expect(options.cors.allowsCredentials)
        #expect(options.maxHeaderCount == 5)
        #expect(options.maxChoiceCount == 6)
        #expect(options.shutdownTimeout == .milliseconds(1500))
        #expect(options.logsRequests)
        #expect(options.streamInterval == 4)
        let variables: JSONObject = ["enable_thinking": false]
        #expect(options.chatTemplateVariables == variables)
        #expect(options.trustsRequestTemplates)
        #expect(!options.hasDocs)
    }

    @Test func `public paths are added to the standard ones, or replace them after none`() throws {
        let added = try serve(["--public-path", "/v1/models"]).server.publicPaths
        #expect(added == ServerOptions().publicPaths.union(["/v1/models"]))
        let alone = try serve(["--public-path", "none", "--public-path", "/v1/models"]).server.publicPaths
        #expect(alone == Set(["/v1/models"]))
    }

    @Test(arguments: ["auto", "-1"])
    func `the context length may be that of the model`(value: String) throws {
        #expect(try serve(["--max-model-len", value]).engine.maxModelLength == nil)
    }

    @Test(arguments: [("8k", 8000), ("8K", 8192), ("1.5k", 1500), ("1m", 1_000_000), ("4096", 4096)])
    func `the context length may have a suffix`(value: String, length: Int) throws {
        #expect(try serve(["--max-model-len", value]).engine.maxModelLength == length)
    }

    @Test func `trust in remote code may be set or not, in a file too, and changes no option`() throws {
        let words = ["--no-trust-remote-code"]
        #expect(try serve(words).engine == serve(["--trust-remote-code"]).engine)
        for text in ["trust-remote-code: true\n", "trust_remote_code: false\n"] {
            try withConfigFile(text) { (path: String) throws in
                #expect(try serve(["--config", path]).engine == serve([]).engine)
            }
        }
    }

    @Test func `members of the configuration may be overridden one by one`() throws {
        let words = ["--hf-overrides.text-config.rope_theta", "5", "--hf_overrides.vocab-size=7"]
        #expect(try serve(words).engine.hfOverrides == #"{"text_config":{"rope_theta":5},"vocab_size":7}"#)
    }

    @Test func `vLLM's other names of types are understood`() throws {
        #expect(try serve(["--dtype", "half"]).engine.dtype == .float16)
        #expect(try serve(["--dtype", "float"]).engine.dtype == .float32)
    }
}
