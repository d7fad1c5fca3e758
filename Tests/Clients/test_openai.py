"""The `openai` client against the default model: what it sends is understood, what comes back is what it expects."""
import json, unittest
import openai
from serving import Server, TINY, TINY_FLAGS

QUESTION = [{"role": "user", "content": "Name three birds."}]
PROMPT = "The capital of France is"


class EventParser:
    """Server-sent events from bytes that arrive in any pieces."""

    def __init__(self):
        self.pending = b""

    def feed(self, data):
        *events, self.pending = (self.pending + data).split(b"\n\n")
        assert all(event.startswith(b"data: ") for event in events), events
        return [event[6:] for event in events]


class OpenAITests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.__exit__)
        cls.client = openai.OpenAI(base_url=cls.server.base + "/v1", api_key="none", max_retries=0)

    def chat(self, **fields):
        return self.client.chat.completions.create(model="m", **{"messages": QUESTION, "max_tokens": 12, **fields})

    def completion(self, **fields):
        return self.client.completions.create(model="m", **{"prompt": PROMPT, "max_tokens": 12, **fields})

    def test_models(self):
        self.assertEqual([model.id for model in self.client.models.list()], ["m"])

    def test_streamed_is_whole(self):
        for sampling in ({"temperature": 0}, {"temperature": 0.7, "seed": 3}):
            whole = self.chat(**sampling).choices[0]
            chunks = [chunk.choices[0] for chunk in self.chat(stream=True, **sampling)]
            self.assertEqual("".join(chunk.delta.content for chunk in chunks), whole.message.content)
            self.assertEqual(chunks[0].delta.role, "assistant")
            self.assertEqual(chunks[-1].finish_reason, whole.finish_reason)
            whole = self.completion(**sampling).choices[0]
            streamed = "".join(chunk.choices[0].text for chunk in self.completion(stream=True, **sampling))
            self.assertEqual(streamed, whole.text)

    def test_token_counts_of_completions(self):
        extra = {"ignore_eos": True, "return_token_ids": True}
        answer = self.completion(prompt=[PROMPT, PROMPT + " the"], max_tokens=7, extra_body=extra)
        self.assertEqual([len(choice.token_ids) for choice in answer.choices], [7, 7])
        self.assertEqual(answer.usage.completion_tokens, 14)
        self.assertEqual(answer.usage.prompt_tokens, sum(len(choice.prompt_token_ids) for choice in answer.choices))
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + 14)
        chunks = list(self.completion(prompt=[PROMPT, PROMPT + " the"], max_tokens=7, extra_body=extra, stream=True,
                                      stream_options={"include_usage": True}))
        self.assertEqual((chunks[-1].choices, chunks[-1].usage), ([], answer.usage))

    def test_token_counts(self):
        extra = {"ignore_eos": True, "return_token_ids": True}
        answer = self.chat(max_tokens=9, extra_body=extra)
        self.assertEqual(len(answer.choices[0].token_ids), 9)
        self.assertEqual(answer.usage.completion_tokens, 9)
        self.assertEqual(answer.usage.prompt_tokens, len(answer.prompt_token_ids))
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + 9)
        options = {"include_usage": True, "continuous_usage_stats": True}
        chunks = list(self.chat(max_tokens=9, stream=True, stream_options=options, extra_body=extra))
        self.assertEqual(chunks[-1].choices, [])
        self.assertEqual(chunks[-1].usage, answer.usage)
        counts = [chunk.usage.completion_tokens for chunk in chunks]
        self.assertEqual((counts, counts[0], counts[-1]), (sorted(counts), 0, 9))

    def test_choices(self):
        answer = self.completion(prompt=[PROMPT, "Two plus two is"], n=2, temperature=1, seed=1)
        self.assertEqual([choice.index for choice in answer.choices], [0, 1, 2, 3])
        indices = {chunk.choices[0].index for chunk in self.chat(n=3, temperature=1, stream=True)}
        self.assertEqual(indices, {0, 1, 2})

    def test_outputs_of_one_seed_differ_and_repeat(self):
        texts = lambda: [choice.message.content for choice in self.chat(n=3, temperature=1.2, seed=5).choices]
        first = texts()
        self.assertEqual(len(set(first)), 3)
        self.assertEqual(texts(), first)

    def test_logprobs(self):
        content = self.chat(logprobs=True, top_logprobs=3, temperature=0, max_tokens=5).choices[0].logprobs.content
        self.assertEqual([len(item.top_logprobs) for item in content], [3] * 5)
        for item in content:
            self.assertEqual(item.token, item.top_logprobs[0].token)
            self.assertEqual(bytes(item.bytes).decode(), item.token)
        logprobs = self.completion(logprobs=2, temperature=0, max_tokens=5).choices[0].logprobs
        lists = (logprobs.tokens, logprobs.token_logprobs, logprobs.top_logprobs, logprobs.text_offset)
        self.assertEqual([len(items) for items in lists], [5] * 4)
        self.assertEqual(logprobs.text_offset[:2], [0, len(logprobs.tokens[0])])

    def test_logprobs_of_chosen_tokens(self):
        """The asked tokens and the sampled one, whatever top_logprobs says."""
        extra = {"logprob_token_ids": [40, 41, 40], "return_tokens_as_token_ids": True, "return_token_ids": True}
        choice = self.chat(logprobs=True, temperature=0, max_tokens=3, extra_body=extra).choices[0]
        for token, item in zip(choice.token_ids, choice.logprobs.content):
            names = [f"token_id:{token}" for token in (token, 40, 41)]
            self.assertEqual([top.token for top in item.top_logprobs], names)
        extra["logprob_token_ids"] = [choice.token_ids[0]]
        first = self.chat(logprobs=True, temperature=0, max_tokens=1, top_logprobs=5, extra_body=extra).choices[0]
        self.assertEqual(len(first.logprobs.content[0].top_logprobs), 1)
        for fields in ({"use_beam_search": True, "logprobs": True}, {"logprobs": False}):
            body = {"messages": QUESTION, "max_tokens": 2, "logprob_token_ids": [5], **fields}
            status, _, answer = self.server.request("POST", "/v1/chat/completions", body)
            self.assertEqual((status, answer["error"]["param"]), (400, "logprob_token_ids"))

    def test_null_for_what_is_absent(self):
        """In whole answers; chunks leave it out."""
        top, inner = ("prompt_logprobs", "prompt_token_ids", "metrics"), ("token_ids",)
        body = {"messages": QUESTION, "max_tokens": 2}
        answer = self.server.request("POST", "/v1/chat/completions", body)[2]
        self.assertEqual([answer[name] for name in top], [None] * 3)
        self.assertEqual([answer["choices"][0][name] for name in inner], [None])
        self.assertIsNone(answer["choices"][0]["message"]["reasoning"])
        for chunk in self.chat(max_tokens=2, stream=True):
            self.assertFalse({*top, *inner, "usage"} & (set(chunk.to_dict()) | set(chunk.choices[0].to_dict())))

    def test_invocations(self):
        chat = self.server.request("POST", "/invocations", {"messages": QUESTION, "max_tokens": 2, "prompt": "x"})[2]
        self.assertEqual(chat["object"], "chat.completion")
        text = self.server.request("POST", "/invocations", {"prompt": PROMPT, "max_tokens": 2, "temperature": 0})[2]
        self.assertEqual(text["choices"], self.server.complete(prompt=PROMPT, max_tokens=2, temperature=0)["choices"])

    def test_echo(self):
        choice = self.completion(echo=True, logprobs=1, max_tokens=2).choices[0]
        self.assertTrue(choice.text.startswith(PROMPT))
        self.assertIsNone(choice.logprobs.token_logprobs[0])
        self.assertEqual("".join(choice.logprobs.tokens), choice.text)
        alone = self.completion(echo=True, max_tokens=0)
        self.assertEqual((alone.choices[0].text, alone.usage.completion_tokens), (PROMPT, 0))

    def test_echo_is_what_was_sent(self):
        """Also where the tokenizer puts tokens around it, and where ids do not tell how it was written."""
        text = "  Two  spaces\r\nand \u00e9\u0301 <|im_start|>"
        answer = self.server.complete(prompt=text, echo=True, max_tokens=1, return_prompt_text=True)
        self.assertEqual((answer["choices"][0]["prompt_text"], answer["choices"][0]["text"][:len(text)]), (text, text))
        more = dict(add_generation_prompt=False, continue_final_message=True, echo=True)
        for content in ("The capital", [{"type": "text", "text": "The capital"}]):
            begun = [*QUESTION, {"role": "assistant", "content": content}]
            answer = self.chat(messages=begun, extra_body=more).choices[0].message.content
            self.assertTrue(answer.startswith("The capital"), answer)
        self.assertFalse(self.chat(extra_body={"echo": True}).choices[0].message.content.startswith(QUESTION[0]["content"]))
        asked = self.chat(extra_body={"echo": True, "add_generation_prompt": False})
        self.assertEqual(asked.choices[0].message.role, "user")
        self.assertTrue(asked.choices[0].message.content.startswith(QUESTION[0]["content"]))

    def test_fields_are_called_as_they_were_sent(self):
        for fields, param in (({"max_completion_tokens": 0}, "max_completion_tokens"), ({"max_tokens": 0}, "max_tokens"),
                              ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
                              ({"messages": [{"role": "user", "content": "word " * 9000}]}, "messages"),
                              ({"use_beam_search": True, "max_completion_tokens": 100_000}, "max_completion_tokens"),
                              ({"use_beam_search": True, "logprobs": True, "top_logprobs": 50}, "top_logprobs"),
                              ({"reasoning_effort": "x"}, "reasoning_effort")):
            body = {"messages": QUESTION, **fields}
            status, _, answer = self.server.request("POST", "/v1/chat/completions", body)
            self.assertEqual((status, answer["error"]["param"]), (400, param))
        self.chat(reasoning_effort="low", max_tokens=1)
        body = {"messages": QUESTION, "max_completion_tokens": 5, "min_tokens": 9}
        message = self.server.request("POST", "/v1/chat/completions", body)[2]["error"]["message"]
        self.assertIn("max_completion_tokens (5)", message)
        with Server(*TINY_FLAGS, model=TINY) as server:
            answer = server.request("POST", "/detokenize", {"tokens": [5]})[2]
            self.assertEqual(answer["error"]["param"], "tokens")

    def test_content_parts(self):
        parts = [{"role": "user", "content": [{"type": "text", "text": QUESTION[0]["content"]}]}]
        self.assertEqual(self.chat(messages=parts, temperature=0).choices[0].message.content,
                         self.chat(temperature=0).choices[0].message.content)
        with self.assertRaises(openai.BadRequestError) as raised:
            self.chat(messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}])
        self.assertIn("messages[0].content[0].type", str(raised.exception))

    def test_messages(self):
        for messages, field in (
                ([], "messages"), ("hi", "messages"), ([3], "messages[0]"), ([{"content": "x"}], "messages[0].role"),
                ([{"role": 7, "content": "x"}], "messages[0].role"), ([{"role": "user"}], "messages[0].content"),
                ([{"role": "user", "content": {"a": 1}}], "messages[0].content"),
                ([{"role": "user", "content": [{"type": "text"}]}], "messages[0].content[0].text")):
            status, _, answer = self.server.request("POST", "/v1/chat/completions", {"messages": messages})
            self.assertEqual((status, answer["error"]["param"]), (400, field), answer)
        # What an unknown role means is the template's affair; a prompt beside messages is a field that nobody reads.
        self.chat(messages=[{"role": "wizard", "content": "hi"}], max_tokens=1, extra_body={"prompt": "x"})

    def test_stop(self):
        whole = self.completion(temperature=0).choices[0].text
        stop = whole[3:6]
        choice = self.completion(temperature=0, stop=[stop]).choices[0]
        self.assertEqual((choice.text, choice.finish_reason, choice.stop_reason),
                         (whole[:whole.index(stop)], "stop", stop))

    def test_errors(self):
        with self.assertRaises(openai.NotFoundError) as raised:
            self.client.completions.create(model="other", prompt="x")
        self.assertEqual(raised.exception.param, "model")
        with self.assertRaises(openai.BadRequestError) as raised:
            self.chat(temperature=-1)
        self.assertEqual(raised.exception.param, "temperature")
        with self.assertRaises(openai.BadRequestError) as raised:
            self.chat(messages=[])
        self.assertEqual(raised.exception.param, "messages")

    def test_raw_errors(self):
        """Status, headers and body as they came, of every class of mistake."""
        client = self.client.with_options(default_headers={"X-Request-Id": "mine"})
        for call, status, param in (
                (lambda: client.chat.completions.with_raw_response.create(model="m", messages=QUESTION, n=0), 400, "n"),
                (lambda: client.completions.with_raw_response.create(model="other", prompt="x"), 404, "model"),
                (lambda: client.responses.with_raw_response.create(model="m", input=5), 400, "input"),
                (lambda: client.responses.with_raw_response.retrieve("resp_none"), 404, "response_id")):
            with self.assertRaises(openai.APIStatusError) as raised:
                call()
            error = raised.exception
            self.assertEqual((error.status_code, error.param, error.request_id), (status, param, "mine"))
            self.assertEqual(set(error.response.json()["error"]), {"message", "type", "param", "code"})
            self.assertEqual(error.response.headers["content-type"], "application/json")
        raw = client.completions.with_raw_response.create(model="m", prompt="x", max_tokens=1)
        self.assertEqual(raw.headers["x-request-id"], "mine")
        self.assertEqual(raw.parse().id, "cmpl-mine")

    def test_keys(self):
        with Server("--api-key", "one", "--api-key", "two") as server:
            ask = lambda key: openai.OpenAI(base_url=server.base + "/v1", api_key=key, max_retries=0).models.list()
            self.assertEqual(ask("one").data, ask("two").data)
            with self.assertRaises(openai.AuthenticationError):
                ask("three")
            self.assertEqual([server.request("GET", p)[0] for p in ("/health", "/version", "/metrics")], [200] * 3)
            for path in ("//v1/models", "/v1/../v1/models", "/v1/models/", "/%76%31/models"):
                self.assertIn(server.request("GET", path)[0], (401, 404), path)

    def test_tokenize(self):
        status, _, ids = self.server.request("POST", "/tokenize", {"prompt": PROMPT, "return_token_strs": True})
        self.assertEqual((status, ids["count"], "".join(ids["token_strs"]).replace("\u0120", " ")), (200, len(ids["tokens"]), PROMPT))
        text = self.server.request("POST", "/detokenize", {"tokens": ids["tokens"]})[2]
        self.assertEqual(text, {"prompt": PROMPT})
        chat = self.server.request("POST", "/tokenize", {"messages": QUESTION})[2]
        self.assertEqual(chat["count"], self.chat(max_tokens=1).usage.prompt_tokens)

    def test_stream_cut_at_every_byte(self):
        body = {"model": "m", "messages": QUESTION, "max_tokens": 6, "temperature": 0, "stream": True}
        raw = self.server.request("POST", "/v1/chat/completions", body)[2].encode()
        events = EventParser().feed(raw)
        self.assertEqual(events[-1], b"[DONE]")
        self.assertTrue(all(json.loads(event)["object"] == "chat.completion.chunk" for event in events[:-1]))
        for cut in range(len(raw) + 1):
            parser = EventParser()
            self.assertEqual(parser.feed(raw[:cut]) + parser.feed(raw[cut:]), events)
            self.assertEqual(parser.pending, b"")


if __name__ == "__main__":
    unittest.main()
