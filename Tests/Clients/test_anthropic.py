"""The `anthropic` client against the default model."""
import unittest
import anthropic
from serving import Server

MESSAGES = [{"role": "user", "content": "Name three birds."}]


class AnthropicTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--api-key", "secret")
        cls.addClassCleanup(cls.server.__exit__)
        cls.client = anthropic.Anthropic(base_url=cls.server.base, api_key="secret", max_retries=0)

    def create(self, **fields):
        fields = {"model": "m", "messages": MESSAGES, "max_tokens": 12, "extra_body": {"temperature": 0}, **fields}
        return self.client.messages.create(**fields)

    def test_message(self):
        answer = self.create(system="You are brief.")
        self.assertEqual((answer.type, answer.role, answer.model), ("message", "assistant", "m"))
        self.assertTrue(answer.content[0].text)
        self.assertIn(answer.stop_reason, ("end_turn", "max_tokens"))
        self.assertEqual(answer.usage.input_tokens + answer.usage.cache_read_input_tokens,
                         self.client.messages.count_tokens(model="m", system="You are brief.", messages=MESSAGES).input_tokens)
        self.assertLessEqual(answer.usage.output_tokens, 12)

    def test_counts_of_input_tokens_add_up(self):
        """To the prompt, whole and in a stream, for a prompt that is new and for one in the cache."""
        messages = [{"role": "user", "content": "Count the words of this very sentence, one by one, and then again. " * 3}]
        count = self.client.messages.count_tokens(model="m", messages=messages).input_tokens
        usages = [self.create(messages=messages, max_tokens=2).usage for _ in range(2)]
        with self.client.messages.stream(model="m", messages=messages, max_tokens=2) as stream:
            events = list(stream)
        start = next(event.message.usage for event in events if event.type == "message_start").to_dict()
        usages.append(next(event.usage for event in events if event.type == "message_delta"))
        for usage in usages:
            self.assertEqual(
                usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens, count)
        self.assertEqual(usages[0].cache_read_input_tokens // 16, usages[0].cache_read_input_tokens / 16)
        self.assertGreaterEqual(usages[1].cache_read_input_tokens, (count - 1) // 16 * 16)
        self.assertEqual(usages[1].cache_read_input_tokens, usages[2].cache_read_input_tokens)
        self.assertEqual(start["output_tokens"], 0)

    def test_streamed_is_whole(self):
        whole = self.create()
        with self.client.messages.stream(model="m", messages=MESSAGES, max_tokens=12,
                                         extra_body={"temperature": 0}) as stream:
            text = "".join(stream.text_stream)
            final = stream.get_final_message()
        self.assertEqual(text, whole.content[0].text)
        self.assertEqual(final.content[0].text, text)
        self.assertEqual((final.stop_reason, final.usage.output_tokens), (whole.stop_reason, whole.usage.output_tokens))

    def test_stop_sequences(self):
        text = self.create().content[0].text
        answer = self.create(stop_sequences=[text[4:8]])
        self.assertEqual(answer.stop_reason, "stop_sequence")
        self.assertEqual(answer.stop_sequence, text[4:8])
        self.assertEqual(answer.content[0].text, text[:text.index(text[4:8])])

    def test_blocks_and_a_begun_answer(self):
        blocks = [{"type": "text", "text": "Name three"}, {"type": "text", "text": "birds."}]
        self.assertTrue(self.create(messages=[{"role": "user", "content": blocks}]).content[0].text)
        begun = MESSAGES + [{"role": "assistant", "content": "1. The"}]
        self.assertTrue(self.create(messages=begun).content[0].text)

    def test_thoughts_and_system_messages(self):
        """Thoughts of a former turn and system messages at any place are taken."""
        turns = [*MESSAGES, {"role": "system", "content": "Be brief."},
                 {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm.", "signature": "s"},
                                                   {"type": "redacted_thinking", "data": "x"},
                                                   {"type": "text", "text": "Robin, wren, kite."}]},
                 {"role": "user", "content": "And three more."}]
        self.assertTrue(self.create(messages=turns).content[0].text)
        first = [{"role": "system", "content": "Be brief."}, *MESSAGES]
        # At the beginning it is what the field for it says; anywhere else it stays where this model's template takes it.
        self.assertEqual(self.create(messages=MESSAGES, system="Be brief.").content, self.create(messages=first).content)
        self.assertTrue(self.create(messages=[*MESSAGES, first[0]]).content[0].text)

    def test_truncation(self):
        usage = self.create(extra_body={"truncate_prompt_tokens": 5}).usage
        self.assertEqual(usage.input_tokens + usage.cache_read_input_tokens, 5)

    def test_errors(self):
        cases = [
            (anthropic.BadRequestError, dict(max_tokens=0)), (anthropic.BadRequestError, dict(messages=[])),
            (anthropic.BadRequestError, dict(messages=[{"role": "robot", "content": "x"}])),
            (anthropic.BadRequestError, dict(messages=[{"role": "user", "content": [{"type": "image", "source": {}}]}])),
            (anthropic.BadRequestError, dict(extra_body={"temperature": 3})),
            (anthropic.BadRequestError, dict(extra_body={"temperature": 1, "n": 2})), (anthropic.NotFoundError, dict(model="other")),
        ]
        for kind, fields in cases:
            with self.subTest(fields=fields), self.assertRaises(kind) as caught:
                self.create(**fields)
            self.assertEqual(caught.exception.body["type"], "error")
        stranger = anthropic.Anthropic(base_url=self.server.base, api_key="guess", max_retries=0)
        with self.assertRaises(anthropic.AuthenticationError):
            stranger.messages.create(model="m", messages=MESSAGES, max_tokens=1)


if __name__ == "__main__":
    unittest.main()
