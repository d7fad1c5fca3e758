import APIServer
import CLI
import Needletail
import Support
import Testing

@Suite struct ConfigFileTests {
    @Test func `values are text, lists, switches or JSON`() throws {
        let file = try ConfigFile(
            path: "f.yaml",
            text: """
                ---
                # A comment
                max_model_len: 100 # tokens
                name: 'it''s # one'
                list: [1.10, b]
                lines:
                - a
                - 1e5
                switch: yes
                text: "no"
                nothing:
                object:
                  a: 1
                  b: [x]
                """)
        let names = ["max_model_len", "name", "list", "lines", "switch", "text", "nothing", "object"]
        let values: [JSONValue] = [
            "100", "it's # one", ["1.10", "b"], ["a", "1e5"], true, "no", .null, ["a": 1, "b": ["x"]],
        ]
        #expect(file.entries.map { $0.name } == names)
        #expect(file.entries.map { $0.value } == values)
    }

    private static let mistakes: [(text: String, line: Int, reason: String)] = [
        ("port: 1\nport: 2", 2, "'port' appears a second time"),
        ("- a", 1, "must be 'name: value' without indentation"),
        ("port:1", 1, "a space is needed after ':'"),
        ("port: 1\n  host: x", 2, "the indentation matches none of the lines above"),
        ("port: 1\n\thost: x", 2, "must be indented with spaces, not tabs"),
        ("a: 'b", 1, "a quote is not closed"),
        ("a: b: c", 1, "text with a colon must be quoted"),
        ("a: [b, ]", 1, "the list has an empty element"),
        ("a: {", 1, "not valid JSON"),
    ]

    @Test(arguments: mistakes)
    func `a mistake names the file and the line`(text: String, line: Int, reason: String) {
        #expect(throws: EngineError("--config: f.yaml, line \(line): \(reason)")) {
            try ConfigFile(path: "f.yaml", text: text)
        }
    }

    @Test func `flags take precedence over the file, wherever they are`() throws {
        let text = "max-num-seqs: 4\nmax_model_len: 100\nserved-model-name: [a, b]\n"
        try withConfigFile(text) { (path: String) throws in
            for words in [
                ["--config", path, "--max-num-seqs", "8"], ["--max_num_seqs=8", "--config=\(path)"],
            ] {
                let options = try serve(words).engine
                #expect(options.maxSequences == 8)
                #expect(options.maxModelLength == 100)
                #expect(options.servedModelName == "a")
            }
            let words = try ServeCommandLine(["--config", path, "--served-model-name", "c"]).words
            #expect(words == ["--served-model-name", "c", "--max-num-seqs", "4", "--max-model-len", "100"])
        }
    }

    @Test func `flags of the file come before the model after two dashes`() throws {
        try withConfigFile("port: 1\n") { (path: String) throws in
            let words = try ServeCommandLine(["--config", path, "--", "model.gguf"]).words
            #expect(words == ["--port", "1", "--", "model.gguf"])
        }
    }

    @Test func `a switch of the command line takes precedence over its opposite in the file`() throws {
        try withConfigFile("enable-prefix-caching: false\nenable-dev-routes: false\n") { (path: String) throws in
            #expect(try !serve(["--config", path]).engine.enablesPrefixCaching)
            #expect(try serve(["--config", path, "--enable-prefix-caching"]).engine.enablesPrefixCaching)
            #expect(try serve(["--config", path, "--enable-dev-routes"]).server.hasDevelopmentRoutes)
        }
        try withConfigFile("enable-prefix-caching: true\n") { (path: String) throws in
            #expect(try !serve(["--config", path, "--no-enable-prefix-caching"]).engine.enablesPrefixCaching)
        }
    }

    @Test func `a member in the file is set unless the command line sets the flag`() throws {
        try withConfigFile("override-generation-config.temperature: 0\n") { (path: String) throws in
            let fromFile: JSONObject = ["temperature": 0]
            #expect(try serve(["--config", path]).engine.generationConfigOverride == fromFile)
            let words = ["--config", path, "--override-generation-config", #"{"top_p": 0.5}"#]
            let fromFlag: JSONObject = ["top_p": 0.5]
            #expect(try serve(words).engine.generationConfigOverride == fromFlag)
        }
    }

    @Test func `flags of the file without effect are reported, and those that do not exist refused`() throws {
        try withConfigFile("gpu-memory-utilization: 0.9\nenforce_eager: true\n") { (path: String) throws in
            let line = try ServeCommandLine(["--config", path])
            #expect(line.words.isEmpty)
            #expect(line.ignored == ["--gpu-memory-utilization", "--enforce-eager"])
        }
        try withConfigFile("enable-lora: true\n") { (path: String) throws in
            #expect(mistake(["--config", path]) == "--enable-lora: is not supported")
        }
        try withConfigFile("nobody-knows: 1\n") { (path: String) throws in
            #expect(mistake(["--config", path]) == "Unknown option '--nobody-knows'")
        }
    }

    @Test(arguments: [
        ("api-key:", "--config: 'api-key' has no value"),
        ("api-key: off", "--config: 'api-key' needs a value other than true, false, yes, no, on or off"),
    ])
    func `a flag of the file without its value is named`(text: String, message: String) throws {
        try withConfigFile(text) { path in #expect(mistake(["--config", path]) == message) }
    }

    @Test func `a file that does not exist is named`() {
        #expect(mistake(["--config", "/nope"]) == "--config: cannot read '/nope': No such file or directory")
    }
}
