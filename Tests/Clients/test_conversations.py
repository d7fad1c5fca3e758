"""Conversations by every route: in the form that the template expects, and with the time of the server's zone."""
import os, pathlib, tempfile, unittest
from serving import Server

PARTS = """{% for m in messages %}<{{ m.role }}>{% for p in m.content %}{{ p.text }}{% endfor %}{% for c in m.tool_calls or []
%}{{ c.function.arguments | tojson }}{% endfor %}{% endfor %}"""
TEXT = """{% if messages[0].role == 'system' %}{{ messages[0].content }}{% set turns = messages[1:] %}{% else %}{% set turns =
messages %}{% endif %}{% for m in turns %}{% if m.role == 'system' %}{{ raise_exception('late') }}{% endif %}<{{ m.role }}>{{
m.content }}{% endfor %}"""


class ConversationTests(unittest.TestCase):
    def serve(self, template, **environment):
        file = tempfile.NamedTemporaryFile("w", suffix=".jinja")
        self.addCleanup(file.close)
        file.write(template)
        file.flush()
        before = dict(os.environ)
        os.environ.update(environment)
        try:
            return Server("--chat-template", file.name)
        finally:
            os.environ.clear()
            os.environ.update(before)

    def text(self, server, messages):
        """What a conversation is for the model."""
        status, _, answer = server.request("POST", "/tokenize", {"messages": messages})
        self.assertEqual(status, 200, answer)
        return server.request("POST", "/detokenize", {"tokens": answer["tokens"]})[2]["prompt"]

    def prompt_counts(self, server, messages):
        """Prompt tokens by route."""
        chat = {"model": "m", "messages": messages, "max_tokens": 1}
        system = [m["content"] for m in messages if m["role"] == "system"]
        turns = [m for m in messages if m["role"] != "system"]
        requests = {
            "/v1/chat/completions": (chat, "prompt_tokens"),
            "/v1/responses": ({"model": "m", "input": messages, "max_output_tokens": 1}, "input_tokens"),
            "/v1/messages": ({"model": "m", "messages": turns, "system": system[0], "max_tokens": 1}, "input_tokens"),
        }
        counts = set()
        for path, (body, field) in requests.items():
            status, _, answer = server.request("POST", path, body)
            self.assertEqual(status, 200, (path, answer))
            counts.add(answer["usage"][field] + answer["usage"].get("cache_read_input_tokens", 0)
                       * (path == "/v1/messages"))
        return counts

    def test_every_route_brings_content_into_the_form_of_the_template(self):
        texts = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Name a bird."}]
        parts = [{**m, "content": [{"type": "text", "text": m["content"]}]} for m in texts]
        for template, expected in ((PARTS, "<system>Be brief.<user>Name a bird."), (TEXT, "Be brief.<user>Name a bird.")):
            with self.serve(template) as server:
                for messages in (texts, parts):
                    self.assertEqual(self.text(server, messages), expected)
                count = len(server.request("POST", "/tokenize", {"prompt": expected, "add_special_tokens": False})
                            [2]["tokens"])
                self.assertEqual(self.prompt_counts(server, texts), {count})

    def test_tool_arguments_are_an_object_or_a_mistake(self):
        def messages(arguments):
            call = {"type": "function", "id": "1", "function": {"name": "f", "arguments": arguments}}
            return [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": None, "tool_calls": [call]}]

        with self.serve(PARTS) as server:
            self.assertEqual(self.text(server, messages('{"a":1}')), '<user>Hi<assistant>{"a": 1}')
            self.assertEqual(self.text(server, messages("")), "<user>Hi<assistant>{}")
            for path in ("/v1/chat/completions", "/tokenize"):
                status, _, answer = server.request("POST", path, {"model": "m", "messages": messages('{"a":')})
                self.assertEqual((status, answer["error"]["param"]),
                                 (400, "messages[1].tool_calls[0].function.arguments"))

    def test_system_texts_are_merged_for_every_route(self):
        turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"},
                 {"role": "developer", "content": "B"}, {"role": "user", "content": "Go"}]
        with self.serve(TEXT) as server:
            expected = "A\nB<user>Hi<assistant>Yes?<user>Go"
            self.assertEqual(self.text(server, [{"role": "system", "content": "A"}, *turns]), expected)
            count = server.request("POST", "/tokenize", {"prompt": expected, "add_special_tokens": False})[2]["count"]
            answer = server.request("POST", "/v1/responses",
                                    {"input": turns, "instructions": "A", "max_output_tokens": 1})[2]
            self.assertEqual(answer["usage"]["input_tokens"], count)
            turns[2]["role"] = "system"
            answer = server.request("POST", "/v1/messages/count_tokens",
                                    {"model": "m", "messages": turns, "system": "A"})[2]
            self.assertEqual(answer["input_tokens"], count)

    def test_the_template_tells_local_time(self):
        import datetime
        for zone, offset in (("XYZ-5:30", 5.5), ("ABC+8", -8), ("UTC", 0), ("no/such/zone", 0)):
            with self.serve("{{ strftime_now('%Y-%m-%d %H:%M') }}", TZ=zone) as server:
                now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
                told = datetime.datetime.fromisoformat(self.text(server, [{"role": "user", "content": "Hi"}]))
                self.assertLess(abs(told - now - datetime.timedelta(hours=offset)), datetime.timedelta(minutes=3), zone)


if __name__ == "__main__":
    unittest.main()
