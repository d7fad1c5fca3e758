import APIServer
import Logging
import Support
import Testing

/// Requests of batch files, answered through the routes over a fake engine.
struct BatchResponderTests {
    private let responder = BatchResponder(
        models: ServedModels([("fake", FakeEngineClient())]), registry: PrometheusRegistry([]),
        log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))

    private static let ids: [(own: JSONValue?, used: JSONValue)] = [
        (nil, "cmpl-line"), (.null, "cmpl-line"), ("own", "cmpl-own"),
    ]

    @Test(arguments: ids)
    func `a request is answered by its route, under its id`(own: JSONValue?, used: JSONValue) async {
        var body: JSONObject = ["prompt": [5, 6, 7], "max_tokens": 2, "return_token_ids": true]
        body["request_id"] = own
        let answer = await responder.respond(to: body, path: "/v1/completions", id: "line")
        #expect(answer.status == 200)
        #expect(answer.body["id"] == used)
        #expect(answer.body["choices"]?[0]?["token_ids"] == [5, 6])
    }

    private static let mistakes: [(path: String, body: JSONObject, field: String)] = [
        ("/v1/completions", ["prompt": []], "prompt"),
        ("/v1/completions", ["prompt": [5], "stream": true], "stream"),
        ("/v1/responses", ["background": true], "background"),
        ("/v1/chat/completions", ["messages": [["role": "user", "content": "x"]]], "messages"),
        ("/v1/responses", ["input": "x"], "input"),
        ("/v1/models", [:], "url"),
    ]

    @Test(arguments: mistakes)
    func `a mistake names its field`(path: String, body: JSONObject, field: String) async {
        let answer = await responder.respond(to: body, path: path, id: "line")
        #expect(answer.status == 400)
        #expect(answer.body["error"]?["param"] == .string(field))
    }
}
