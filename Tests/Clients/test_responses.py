"""The Responses API through the `openai` client: create, stream, go on, background, retrieve, cancel."""
import tempfile, time, unittest
import openai
from serving import Server

ORDER = ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"]
ENDING = ["response.output_text.done", "response.content_part.done", "response.output_item.done"]


class ResponsesTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.__exit__)
        cls.client = openai.OpenAI(base_url=cls.server.base + "/v1", api_key="none", max_retries=0)

    def create(self, **fields):
        fields = {"input": "Name three birds.", "max_output_tokens": 12, "temperature": 0, **fields}
        return self.client.responses.create(model="m", **fields)

    def test_whole(self):
        answer = self.create(instructions="Be brief.", metadata={"a": "b"})
        self.assertEqual((answer.status, answer.incomplete_details.reason), ("incomplete", "max_output_tokens"))
        self.assertEqual((answer.usage.output_tokens, answer.metadata), (12, {"a": "b"}))
        self.assertEqual(self.create(temperature=0.7, top_p=0.9).to_dict()["top_p"], 0.9)
        self.assertTrue(answer.output_text)
        self.assertEqual(self.client.responses.retrieve(answer.id), answer)

    def test_streamed_is_whole(self):
        whole = self.create()
        events = list(self.create(stream=True))
        self.assertEqual([event.sequence_number for event in events], list(range(len(events))))
        types = [event.type for event in events]
        self.assertEqual((types[:4], types[-4:]), (ORDER, ENDING + ["response.completed"]))
        self.assertEqual(set(types[4:-4]), {"response.output_text.delta"})
        self.assertEqual("".join(event.delta for event in events[4:-4]), whole.output_text)
        self.assertEqual(events[-1].response.output_text, whole.output_text)
        with self.client.responses.stream(model="m", input="Name three birds.", max_output_tokens=12,
                                          temperature=0) as stream:
            self.assertEqual(stream.until_done().get_final_response().output_text, whole.output_text)

    def test_conversation(self):
        first = self.create(input=[{"role": "user", "content": [{"type": "input_text", "text": "My name is Ada."}]}])
        chained = self.create(input="What is my name?", previous_response_id=first.id)
        repeated = self.create(input=[{"role": "user", "content": "My name is Ada."}, *first.output,
                                      {"role": "user", "content": "What is my name?"}])
        self.assertEqual(chained.output_text, repeated.output_text)
        self.assertEqual(chained.usage.input_tokens, repeated.usage.input_tokens)
        self.assertEqual(chained.previous_response_id, first.id)

    def prompt(self, items):
        """What the model reads for these items."""
        return self.create(input=items, max_output_tokens=1, extra_body={"enable_response_messages": True}
                           ).to_dict()["input_messages"][0]["message"]

    def test_response_messages(self):
        self.assertIsNone(self.create().to_dict()["input_messages"])
        extra = {"enable_response_messages": True}
        answer = self.create(extra_body=extra)
        (read,), (written,) = answer.input_messages, answer.output_messages
        self.assertEqual((read["type"], written["type"]), ("raw_message_tokens",) * 2)
        self.assertIn("Name three birds.", read["message"])
        self.assertEqual(len(read["tokens"]), answer.usage.input_tokens)
        self.assertEqual((written["message"], len(written["tokens"])), (answer.output_text, 12))
        *_, last = self.create(stream=True, extra_body=extra)
        self.assertEqual(last.response.output_messages, answer.output_messages)
        self.assertEqual(self.client.responses.retrieve(answer.id).output_messages, answer.output_messages)

    def test_items_of_thoughts_and_references(self):
        first = self.create(input="My name is Ada.")
        question = {"role": "user", "content": "What is my name?"}
        thoughts = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}],
                    "content": [{"type": "reasoning_text", "text": "A name."}]}
        repeated = self.prompt([{"role": "user", "content": "My name is Ada."}, *first.output, question])
        for reference in ({"type": "item_reference", "id": first.output[0].id}, {"id": first.output[0].id}):
            items = [{"role": "user", "content": "My name is Ada."}, reference, question]
            self.assertEqual(self.prompt(items), repeated)
        # This model's template does not show thoughts; they are no turn of their own.
        items = [{"role": "user", "content": "My name is Ada."}, thoughts, *first.output, question]
        self.assertEqual(self.prompt(items), repeated)
        template = "{% for m in messages %}[{{ m.role }}:{{ m.reasoning_content | default('') }}:{{ m.content }}]{% endfor %}"
        with tempfile.NamedTemporaryFile("w", suffix=".jinja") as file:
            file.write(template)
            file.flush()
            with Server("--chat-template", file.name) as server:
                body = {"input": [question, thoughts, {"role": "assistant", "content": "Ada."}, thoughts, question],
                        "max_output_tokens": 1, "enable_response_messages": True}
                read = server.request("POST", "/v1/responses", body)[2]["input_messages"][0]["message"]
        self.assertTrue(read.endswith("[user::What is my name?][assistant:A name.:Ada.][assistant:A name.:]"
                                      "[user::What is my name?]"), read)

    def test_texts_of_errors(self):
        """Those of vLLM, which its clients look for."""
        finished = self.create()
        refused = [
            ("GET", "/v1/responses/resp_x", None, 404, "Response with id 'resp_x' not found."),
            ("POST", "/v1/responses/resp_x/cancel", None, 404, "Response with id 'resp_x' not found."),
            ("POST", f"/v1/responses/{finished.id}/cancel", None, 400, "Cannot cancel a synchronous response."),
            ("POST", "/v1/responses", {"input": "x", "previous_response_id": "resp_x"}, 404,
             "Response with id 'resp_x' not found."),
            ("POST", "/v1/responses", {"input": "x", "background": True, "store": False}, 400,
             "background can only be used when `store` is true"),
            ("POST", "/v1/responses", {"input": [{"type": "item_reference", "id": "msg_x"}]}, 404,
             "Item with id 'msg_x' not found."),
            ("POST", "/v1/responses", {"input": [{"type": "reasoning", "encrypted_content": "x"}]}, 400,
             "input[0].encrypted_content"),
        ]
        for method, path, body, status, text in refused:
            with self.subTest(text=text):
                found, _, answer = self.server.request(method, path, body)
                self.assertEqual(found, status)
                self.assertIn(text, answer["error"]["message"])

    def test_logprobs(self):
        answer = self.create(include=["message.output_text.logprobs"], top_logprobs=2)
        logprobs = answer.output[0].content[0].logprobs
        self.assertEqual((len(logprobs), len(logprobs[0].top_logprobs)), (12, 2))

    def test_background(self):
        started = self.create(background=True, max_output_tokens=40)
        self.assertEqual(started.status, "queued")
        streamed = list(self.client.responses.retrieve(started.id, stream=True, starting_after=2))
        self.assertEqual(streamed[0].type, ORDER[3])
        finished = self.client.responses.retrieve(started.id)
        self.assertEqual(finished.output_text, self.create(max_output_tokens=40).output_text)
        self.assertEqual(streamed[-1].response.output_text, finished.output_text)

    def test_cancel(self):
        started = self.create(background=True, max_output_tokens=1500, extra_body={"ignore_eos": True})
        cancelled = self.client.responses.cancel(started.id)
        self.assertEqual(cancelled.status, "cancelled")
        deadline = time.time() + 5
        while not self.server.is_idle() and time.time() < deadline:
            time.sleep(0.02)
        self.assertTrue(self.server.is_idle())
        self.assertEqual(self.client.responses.retrieve(started.id).status, "cancelled")

    def test_extreme_numbers(self):
        started = self.create(background=True, max_output_tokens=1)
        for number in (2**63 - 1, -2**63, 2**70):
            path = f"/v1/responses/{started.id}?stream=true&starting_after={number}"
            self.assertEqual(self.server.request("GET", path)[0], 400)
            body = {"input": "x", "truncation": "auto", "max_output_tokens": number}
            self.assertEqual(self.server.request("POST", "/v1/responses", body)[0], 400)

    def test_names(self):
        started = self.create(background=True, max_output_tokens=1500, extra_body={"ignore_eos": True, "request_id": "a"})
        self.assertEqual(started.id, "resp_a")
        with self.assertRaises(openai.BadRequestError) as caught:
            self.create(background=True, extra_body={"request_id": "a"})
        self.assertEqual(caught.exception.param, "request_id")
        # Once there is some text.
        next(event for event in self.client.responses.retrieve("resp_a", stream=True) if event.type.endswith(".delta"))
        self.client.responses.cancel("resp_a")
        last = list(self.client.responses.retrieve("resp_a", stream=True))[-1]
        self.assertEqual((last.type, last.response["status"]), ("response.cancelled", "cancelled"))
        self.assertTrue(self.client.responses.retrieve("resp_a").output_text)

    def test_cancel_at_any_time(self):
        """What a response says of itself and its last event agree."""
        for index in range(40):
            started = self.create(background=True, max_output_tokens=1 + index % 3)
            time.sleep(0.0005 * index)
            try:
                self.client.responses.cancel(started.id)
            except openai.BadRequestError:
                pass
            last = list(self.client.responses.retrieve(started.id, stream=True))[-1]
            status = self.client.responses.retrieve(started.id).status
            self.assertEqual(last.type == "response.cancelled", status == "cancelled")

    def test_paused(self):
        with Server("--enable-dev-routes") as server:
            body = {"input": "Tell a story.", "max_output_tokens": 1500, "ignore_eos": True, "background": True}
            started = server.request("POST", "/v1/responses", body)[2]
            while not server.metric("vllm:generation_tokens_total"):
                time.sleep(0.01)
            server.request("POST", "/pause?mode=abort")
            path = "/v1/responses/" + started["id"]
            events = server.request("GET", path + "?stream=true")[2]
            self.assertEqual(events.strip().split("\n\n")[-1].split("\n")[0], "event: response.cancelled")
            ended = server.request("GET", path)[2]
            self.assertEqual((ended["status"], ended["output"][0]["status"]), ("cancelled", "incomplete"))
            self.assertEqual(server.request("POST", path + "/cancel")[0], 200)

    def test_what_is_stored_is_bounded(self):
        with Server("--max-stored-responses", "50") as server:
            body = {"input": "x", "max_output_tokens": 1, "instructions": "be brief " * 100, "user": "u" * (2 << 20)}
            resident = [self.store(server, body) for _ in range(3)]
            self.assertLess(resident[2] - resident[1], 48 << 20)
        for metadata in ({"a": "x" * 513}, {"a" * 65: "x"}, {str(index): "x" for index in range(17)}, {"a": 1}):
            self.assertEqual(self.server.request("POST", "/v1/responses", {"input": "x", "metadata": metadata})[0], 400)

    def test_what_runs_is_bounded(self):
        """Responses that run share the room with finished ones; cancelled ones give way."""
        body = {"input": "x", "max_output_tokens": 1500, "ignore_eos": True, "background": True, "user": "u" * (9 << 20)}
        with Server() as server:
            running = []
            while (answer := server.request("POST", "/v1/responses", body))[0] == 200:
                running.append(answer[2]["id"])
                self.assertLess(len(running), 20)
            self.assertEqual((answer[0], len(running)), (503, 7))
            self.assertIn("of 67108864 bytes", answer[2]["error"]["message"])
            # What is not stored needs no room.
            unstored = {**body, "background": False, "store": False, "max_output_tokens": 1}
            self.assertEqual(server.request("POST", "/v1/responses", unstored)[0], 200)
            for name in running:
                self.assertEqual(server.request("POST", f"/v1/responses/{name}/cancel")[0], 200)
            deadline = time.time() + 10
            while (status := server.request("POST", "/v1/responses", body)[0]) != 200 and time.time() < deadline:
                time.sleep(0.05)
            self.assertEqual(status, 200)
            self.assertEqual(server.request("GET", f"/v1/responses/{running[0]}")[0], 404)

    def test_responses_belong_to_a_key(self):
        with Server("--api-key", "a", "b") as server:
            mine, others = ({"Authorization": "Bearer " + key} for key in "ab")
            body = {"input": "My name is Ada.", "max_output_tokens": 4, "request_id": "one"}
            first = server.request("POST", "/v1/responses", body, mine)[2]
            path = "/v1/responses/" + first["id"]
            item = {"type": "item_reference", "id": first["output"][0]["id"]}
            self.assertEqual(server.request("GET", path, headers=mine)[0], 200)
            self.assertEqual(server.request("GET", path, headers=others)[0], 404)
            self.assertEqual(server.request("POST", path + "/cancel", headers=others)[0], 404)
            for fields in ({"previous_response_id": first["id"]}, {"input": [item]}):
                wanted = {"input": "x", "max_output_tokens": 1, **fields}
                self.assertEqual(server.request("POST", "/v1/responses", wanted, others)[0], 404)
                self.assertEqual(server.request("POST", "/v1/responses", wanted, mine)[0], 200)
            # The id is free for another key, and still that of the first one.
            second = server.request("POST", "/v1/responses", {**body, "input": "y"}, others)[2]
            self.assertEqual(second["id"], first["id"])
            self.assertEqual(server.request("GET", path, headers=mine)[2], first)
            self.assertEqual(server.request("GET", path, headers=others)[2], second)

    def store(self, server, body):
        for _ in range(60):
            self.assertEqual(server.request("POST", "/v1/responses", body)[0], 200)
        return server.resident()

    def test_errors(self):
        finished = self.create()
        for call in (lambda: self.client.responses.retrieve("resp_unknown"),
                     lambda: self.client.responses.cancel("resp_unknown")):
            with self.assertRaises(openai.NotFoundError):
                call()
        stored = self.create(store=False)
        with self.assertRaises(openai.NotFoundError):
            self.client.responses.retrieve(stored.id)
        refused = [
            ({"previous_response_id": "resp_unknown"}, "previous_response_id", 404), ({"input": []}, "input", 400),
            ({"background": True, "store": False}, "background", 400), ({"include": ["x"]}, "include", 400),
            ({"max_tool_calls": "x"}, "max_tool_calls", 400), ({"max_output_tokens": 0}, "max_output_tokens", 400), ({"truncation": "x"}, "truncation", 400),
            ({"input": [{"type": "function_call_output", "call_id": "1", "output": "x"}]}, "input[0].type", 400),
            ({"include": ["message.output_text.logprobs"], "top_logprobs": 21}, "top_logprobs", 400),
            ({"input": "word " * 9000}, "input", 400), ({"reasoning": {"effort": "x"}}, "reasoning.effort", 400),
            ({"tools": [{"type": "web_search"}]}, "tools", 400),
            ({"text": {"format": {"type": "json_object"}}}, "text.format", 400),
        ]
        for fields, field, status in refused:
            with self.subTest(field=field), self.assertRaises(openai.APIStatusError) as caught:
                self.create(**fields)
            self.assertEqual((caught.exception.status_code, caught.exception.param), (status, field))
        ended = self.create(background=True, max_output_tokens=1)
        while self.client.responses.retrieve(ended.id).status in ("queued", "in_progress"):
            time.sleep(0.01)
        for response in (finished, ended):
            with self.assertRaises(openai.BadRequestError):
                self.client.responses.cancel(response.id)


if __name__ == "__main__":
    unittest.main()
