import APIServer
import EngineTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Support
import Testing

/// Every sampling parameter: what is allowed is accepted up to its bounds, what is not gets 400 and names the field.
struct ParameterTests {
    /// Values as JSON.
    struct Parameter: Sendable, CustomTestStringConvertible {
        let name: String
        let accepted: [String]
        let refused: [String]
        /// Members that the request has besides.
        var others = ""
        /// What the error names, where that is not the parameter itself.
        var named: String?

        var testDescription: String { name }

        static let all = [
            Parameter(
                name: "n", accepted: ["1", "2", "256", "null"], refused: ["0", "257", "-1", "1.5", "\"1\"", "true"]),
            Parameter(
                name: "best_of", accepted: ["2", "256", "null"], refused: ["0", "1", "257", "\"2\""], others: #""n": 2"#
            ),
            Parameter(name: "n", accepted: ["1"], refused: ["2"], others: #""temperature": 0"#),
            Parameter(name: "best_of", accepted: ["1"], refused: ["2"], others: #""temperature": 0"#),
            Parameter(name: "best_of", accepted: ["1"], refused: ["2"], others: #""stream": true"#),
            Parameter(
                name: "presence_penalty", accepted: ["-2", "0", "2", "0.5"], refused: ["-2.1", "2.1", "\"1\"", "[]"]),
            Parameter(
                name: "frequency_penalty", accepted: ["-2", "0", "2", "0.5"], refused: ["-2.1", "2.1", "\"1\"", "{}"]),
            Parameter(
                name: "repetition_penalty", accepted: ["0.01", "1", "5", "null"],
                refused: ["0", "-1", "\"1\""]),
            Parameter(
                name: "temperature", accepted: ["0", "1e-6", "0.005", "1", "2", "null"],
                refused: ["-0.1", "2.1", "\"1\"", "[]"]),
            Parameter(name: "top_p", accepted: ["1e-3", "0.5", "1", "null"], refused: ["0", "1.01", "-0.5", "\"1\""]),
            Parameter(name: "top_k", accepted: ["-1", "0", "1", "1000", "null"], refused: ["-2", "1.5", "\"1\""]),
            Parameter(name: "min_p", accepted: ["0", "0.5", "1", "null"], refused: ["-0.1", "1.1", "\"1\""]),
            Parameter(
                name: "seed", accepted: ["-1", "0", "9223372036854775807", "-9223372036854775808", "null"],
                refused: [
                    "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1e19", "-9.3e18", "1.5",
                    "\"1\"",
                ]),
            Parameter(
                name: "stop_token_ids", accepted: ["[]", "[0, 99]", "null"], refused: ["[100]", "[-1]", "[\"1\"]", "1"]),
            Parameter(name: "ignore_eos", accepted: ["true", "false", "null"], refused: ["1", "\"true\""]),
            Parameter(
                name: "include_stop_str_in_output", accepted: ["true", "false"], refused: ["1", "\"true\""]),
            Parameter(name: "skip_special_tokens", accepted: ["true", "false"], refused: ["1", "\"true\""]),
            Parameter(name: "spaces_between_special_tokens", accepted: ["true", "false"], refused: ["1"]),
            Parameter(name: "max_tokens", accepted: ["1", "62", "null"], refused: ["0", "-1", "63", "1.5", "\"1\""]),
            Parameter(
                name: "min_tokens", accepted: ["0", "4"], refused: ["-1", "5", "1.5"], others: #""max_tokens": 4"#),
            Parameter(
                name: "logprobs", accepted: ["0", "1", "20", "true", "false", "null"],
                refused: ["-2", "21", "-1", "\"1\""]),
            Parameter(
                name: "prompt_logprobs", accepted: ["0", "20", "true", "null"], refused: ["-2", "21", "-1", "\"1\""]),
            Parameter(
                name: "logprob_token_ids", accepted: ["[0, 99]", "[5, 5]", "null"],
                refused: ["[]", "[100]", "[-1]", "1"], others: #""logprobs": 1"#),
            Parameter(name: "logprob_token_ids", accepted: ["[1]"], refused: [], others: #""logprobs": 50"#),
            Parameter(
                name: "logprob_token_ids", accepted: ["null"], refused: ["[1]"],
                others: #""logprobs": 1, "use_beam_search": true"#),
            Parameter(
                name: "logprob_token_ids", accepted: ["null"], refused: ["[1]"],
                others: #""logprobs": 1, "echo": true, "max_tokens": 0, "return_tokens_as_token_ids": true"#),
            Parameter(name: "logprob_token_ids", accepted: ["null"], refused: ["[1]"]),
            Parameter(
                name: "logprobs_mode",
                accepted: ["\"raw_logprobs\"", "\"processed_logprobs\"", "\"raw_logits\"", "\"processed_logits\""],
                refused: ["\"raw\"", "1"]),
            Parameter(
                name: "logit_bias", accepted: ["{}", "{\"0\": 1, \"99\": -100}", "{\"5\": 1000}", "null"],
                refused: ["{\"100\": 1}", "{\"a\": 1}", "{\"5\": \"1\"}", "[]"]),
            Parameter(
                name: "allowed_token_ids", accepted: ["[0, 99]", "null"], refused: ["[]", "[100]", "[-1]", "5"]),
            Parameter(name: "bad_words", accepted: ["[]", "null"], refused: ["[\"\"]", "[5]", "\"word\""]),
            Parameter(
                name: "truncate_prompt_tokens", accepted: ["-1", "1", "64", "null"],
                refused: ["0", "-2", "65", "\"1\""]),
            Parameter(name: "truncation_side", accepted: ["\"left\"", "\"right\""], refused: ["\"middle\"", "1"]),
            Parameter(
                name: "repetition_detection",
                accepted: [
                    "{\"max_pattern_size\": 4, \"min_count\": 2}", "{}", "null",
                    "{\"max_pattern_size\": 4, \"min_pattern_size\": 4, \"min_count\": 9}",
                ],
                refused: [
                    "{\"max_pattern_size\": 4, \"min_count\": 1}", "{\"max_pattern_size\": -1}",
                    "{\"max_pattern_size\": 1, \"min_pattern_size\": 2, \"min_count\": 2}", "5",
                ]),
            Parameter(name: "thinking_token_budget", accepted: ["-1", "null"], refused: ["-2", "5", "\"1\""]),
            Parameter(name: "use_beam_search", accepted: ["false", "null"], refused: ["1", "\"true\""]),
            Parameter(
                name: "length_penalty", accepted: ["0", "1", "-2.5"], refused: ["\"1\""],
                others: #""use_beam_search": true"#),
            Parameter(name: "stream", accepted: ["false"], refused: ["true"], others: #""use_beam_search": true"#),
            Parameter(name: "priority", accepted: ["0", "null"], refused: ["1", "-1", "\"1\""]),
            Parameter(
                name: "cache_salt", accepted: ["\"a\"", "null"],
                refused: ["\"\"", "\"a@b\"", "\"a/b\"", "\"a\\u0000\"", "1"]),
            Parameter(
                name: "logits_processors",
                accepted: ["[]", "[\"dry\"]", "[{\"name\": \"xtc\", \"args\": {\"threshold\": 0.2}}]"],
                refused: ["{}", "\"dry\"", "[" + Array(repeating: "\"dry\"", count: 17).joined(separator: ",") + "]"]),
            Parameter(
                name: "logits_processors", accepted: [], refused: ["[{\"name\": \"none\"}]", "[{}]"],
                named: "logits_processors[0].name"),
            Parameter(
                name: "logits_processors", accepted: [],
                refused: ["[{\"name\": \"xtc\", \"args\": {\"threshold\": 2}}]"],
                named: "logits_processors[0].args.threshold"),
            Parameter(
                name: "vllm_xargs", accepted: ["{}", "{\"any\": 1}", "{\"typical_p\": 0.5}"], refused: ["[]", "1"]),
            Parameter(
                name: "vllm_xargs", accepted: [], refused: ["{\"typical_p\": 2}", "{\"typical_p\": \"a\"}"],
                named: "vllm_xargs.typical_p"),
            Parameter(
                name: "vllm_xargs", accepted: [], refused: ["{\"any\": {}}", "{\"any\": [true]}"],
                named: "vllm_xargs.any"),
            Parameter(name: "return_token_ids", accepted: ["true", "false"], refused: ["1"]),
            Parameter(name: "return_tokens_as_token_ids", accepted: ["true", "false"], refused: ["1"]),
            Parameter(name: "echo", accepted: ["false"], refused: ["1", "\"true\""]),
            Parameter(
                name: "stream_options", accepted: ["{\"include_usage\": true}"], refused: ["1", "[]"],
                others: #""stream": true"#),
        ]
    }

    @Test(arguments: Parameter.all)
    func `bounds are kept`(parameter: Parameter) async throws {
        var options = ServerOptions()
        options.port = 0
        let server = try APIServer(
            models: ServedModels([("fake", FakeEngineClient())]), options: options, registry: PrometheusRegistry([]),
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await server.application.test(.live) { client in
            for value in parameter.accepted {
                let answer = try await Self.answer(client, parameter, value)
                #expect(answer.status == 200, "\(value): \(answer.text)")
            }
            for value in parameter.refused {
                let answer = try await Self.answer(client, parameter, value)
                let error = try JSONValue(parsing: answer.text)["error"]
                #expect(answer.status == 400, "\(value): \(answer.text)")
                #expect(error?["type"] == "BadRequestError")
                #expect(error?["param"]?.stringValue == parameter.named ?? parameter.name, "\(value): \(answer.text)")
            }
        }
    }

    private static func answer(
        _ client: any TestClientProtocol, _ parameter: Parameter, _ value: String
    ) async throws -> (status: Int, text: String) {
        let others = parameter.others.isEmpty ? "" : ", \(parameter.others)"
        let body = #"{"prompt": [5, 6]\#(others), "\#(parameter.name)": \#(value)}"#
        return try await client.execute(uri: "/v1/completions", method: .post, body: ByteBuffer(string: body)) {
            ($0.status.code, String(buffer: $0.body))
        }
    }
}
