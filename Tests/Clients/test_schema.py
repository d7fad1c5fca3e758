"""`/openapi.json` is true: schemathesis makes requests of it, and the answers are what it says. Malformed bodies of every
kind never end in a server's error."""
import json, random, subprocess, sys, tempfile, unittest
from serving import Server, TINY, TINY_FLAGS

ROUTES = ["/v1/completions", "/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/messages/count_tokens",
          "/tokenize", "/detokenize", "/invocations"]
BODY = {"model": "m", "prompt": [5, 6], "messages": [{"role": "user", "content": "x"}], "input": "x", "max_tokens": 2,
        "tokens": [5], "stop": ["a"], "temperature": 0.5, "stream": False, "seed": 1, "top_k": 5}


class SchemaTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--enable-dev-routes", "--enable-tokenizer-info-endpoint", "--max-model-len", "256")
        cls.addClassCleanup(cls.server.__exit__)

    def test_schemathesis(self):
        command = [
            sys.executable, "-m", "schemathesis.cli", "run", self.server.base + "/openapi.json", "--no-color",
            "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
            "--exclude-path-regex", "pause", "--max-examples", "12", "--seed", "1", "--request-timeout", "60",
        ]
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=folder)
        self.assertEqual(run.returncode, 0, run.stdout[-6000:] + run.stderr[-2000:])

    def test_description(self):
        _, _, description = self.server.request("GET", "/openapi.json")
        self.assertEqual(description["openapi"], "3.1.0")
        self.assertLessEqual(set(ROUTES), set(description["paths"]))
        self.assertIn("/docs", description["paths"])
        self.assertEqual(self.server.request("GET", "/docs")[0], 200)

    def test_malformed_bodies(self):
        """The cases of JSON parser test suites: what is no JSON, what is odd JSON, what is not UTF-8, too deep, cut off."""
        text = json.dumps(BODY)
        bodies = [b"", b" ", b"null", b"[]", b"{}", b"1", b'"x"', b"{", b"[", b"[" * 100_000, b'{"a":' * 100_000,
                  b'{"prompt": "\xff"}', b'{"prompt": "\xed\xa0\x80"}', b'{"prompt": "\\ud800"}', b'{"a": 1,}',
                  b"{'a': 1}", b'{"a": 01}', b'{"a": +1}', b'{"a": .5}', b'{"a": 1.}', b'{"a": 1e}', b'{"a": 1e400}',
                  b'{"a": -1e400}', b'{"a": NaN}', b'{"a": Infinity}', b'{"a": "\t"}', b'{"a": "\\x"}', b'{"a" 1}',
                  b'{"a": 1} {"b": 2}', b'{"a": 1, "a": 2}', b'{a: 1}', b'{"a": tru}', b'{"a": "', b"\xef\xbb\xbf{}",
                  b"\x00", b'{"": ""}', b'{"a": ' + b"9" * 5000 + b"}", text.encode("utf-16"), text.encode("utf-32")]
        generator = random.Random(7)
        for _ in range(150):
            data = bytearray(text.encode())
            for _ in range(generator.randint(1, 4)):
                place = generator.randrange(len(data))
                data[place:place + generator.randint(0, 2)] = generator.randbytes(generator.randint(0, 3))
            bodies.append(bytes(data))
        for route in ROUTES:
            for body in bodies:
                status, _, answer = self.server.request("POST", route, body)
                self.assertLess(status, 500, (route, body[:80], answer))
                self.assertIn(status, (200, 400, 404), (route, body[:80], answer))

    def test_wrong_types(self):
        """Each member of a good body as a value of every other type."""
        values = [None, True, 0, -1, 1.5, 1e300, 2**63, 2**63 - 1, -2**63, "", "x", [], [None], [[]], {}, {"a": {}}, ["x"] * 300]
        for route in ROUTES:
            for name in BODY:
                for value in values:
                    status, _, answer = self.server.request("POST", route, {**BODY, name: value})
                    self.assertIn(status, (200, 400, 404), (route, name, value, answer))


if __name__ == "__main__":
    unittest.main()
