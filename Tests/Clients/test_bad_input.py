"""Whatever a client sends: a status, the field at fault, and the next request is served."""
import contextlib, http.client, json, re, socket, time, unittest
from serving import Server, TINY, TINY_FLAGS, raw_request

GOOD = {"prompt": [5, 6], "max_tokens": 2}
HEAD = b"POST /v1/completions HTTP/1.1\r\nHost: x\r\n"
BODY = json.dumps(GOOD).encode()
LENGTH = b"Content-Length: %d\r\n" % len(BODY)

FIELDS = [
    ({**GOOD, "max_tokens": "abc"}, "max_tokens"), ({**GOOD, "max_tokens": 0}, "max_tokens"),
    ({**GOOD, "max_tokens": 10**6}, "max_tokens"), ({**GOOD, "temperature": []}, "temperature"),
    ({**GOOD, "temperature": -1}, "temperature"), ({**GOOD, "top_p": 0}, "top_p"),
    ({**GOOD, "stream": "yes"}, "stream"),
    ({**GOOD, "n": 1.5}, "n"), ({**GOOD, "n": 10**6}, "n"), ({"prompt": {}}, "prompt"), ({"prompt": []}, "prompt"),
    ({}, "prompt"), ({"prompt": [10**9]}, "prompt"), ({"prompt": [10**12]}, "prompt"), ({"prompt": [-1]}, "prompt"),
    ({"prompt": [[5]] * 2000}, "prompt"), ({"prompt": [5] * 300}, "prompt"), ({**GOOD, "stop": [""] * 100}, "stop"),
    ({**GOOD, "stream_options": {"include_usage": True}}, "stream_options"), ({**GOOD, "logprobs": 21}, "logprobs"),
    ({**GOOD, "presence_penalty": 2.5}, "presence_penalty"), ({**GOOD, "model": 3}, "model"),
    ({**GOOD, "stop_token_ids": ["x"]}, "stop_token_ids"),
]


class BadInputTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(*TINY_FLAGS, "--header-timeout", "1", "--body-timeout", "1", "--keep-alive-timeout", "2",
                            model=TINY)
        cls.addClassCleanup(cls.server.__exit__)

    def post(self, body, path="/v1/completions"):
        """The answer to `body`, after which a good request is served."""
        answer = self.server.request("POST", path, body)
        self.server.complete(**GOOD)
        return answer

    def raw(self, data):
        """Everything that comes back until the server closes, within five seconds; then a good request is served."""
        answer = self.exchange(data)
        self.server.complete(**GOOD)
        return answer

    def exchange(self, data):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=5) as connection:
            answer = b""
            # The server may answer and close before it has everything.
            with contextlib.suppress(ConnectionError):
                connection.sendall(data)
            with contextlib.suppress(ConnectionError):
                while piece := connection.recv(65536):
                    answer += piece
            return answer

    def test_fields(self):
        for body, field in FIELDS:
            with self.subTest(field=field, body=str(body)[:60]):
                status, _, answer = self.post(body)
                self.assertEqual((status, answer["error"]["param"]), (400, field), answer)

    def test_not_json(self):
        cases = (('{"prompt": ]', 11), ('{"temperature": NaN}', 16), ('{"temperature": 1e999}', 16), ("", 0))
        for body, offset in cases:
            status, _, answer = self.post(body)
            self.assertEqual(status, 400)
            self.assertEqual(re.search(r"byte (\d+)", answer["error"]["message"])[1], str(offset), body)
        self.assertEqual(self.post("[]")[0], 400)

    def test_accepted(self):
        for extra in ({"nobody_knows": 1}, {"messages": []}, {"messages": [{"role": "user"}]}, {"user": "me"},
                      {"presence_penalty": 0}, {"stop": None}):
            self.assertEqual(self.post({**GOOD, **extra})[0], 200, extra)

    def test_routes(self):
        status, _, answer = self.post({**GOOD, "model": "other"})
        self.assertEqual((status, answer["error"]["param"]), (404, "model"))
        status, _, answer = self.server.request("GET", "/nothing")
        self.assertEqual((status, answer["error"]["type"]), (404, "NotFoundError"))
        status, headers, _ = self.server.request("GET", "/v1/completions")
        self.assertEqual((status, headers["allow"]), (405, "POST"))
        self.assertEqual(self.server.request("GET", "/health?x=1")[0], 200)

    def test_too_large(self):
        self.assertEqual(self.post(b"x" * 11_000_000)[0], 413)
        chunked = b"".join(b"10000\r\n" + b"x" * 0x10000 + b"\r\n" for _ in range(170)) + b"0\r\n\r\n"
        self.assertIn(b" 413 ", self.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked)[:20])

    def test_too_slow(self):
        answer = self.raw(HEAD + b"Content-Length: 100\r\n\r\n" + BODY)
        self.assertIn(b" 408 ", answer[:20])
        self.assertEqual(self.raw(b""), b"")
        start = time.time()
        self.assertEqual(self.raw(b"POST /v1"), b"")
        self.assertLess(time.time() - start, 3)

    def test_framing(self):
        chunked = b"Transfer-Encoding: chunked\r\n"
        for name, data in {
            "two lengths": HEAD + LENGTH + b"Content-Length: 5\r\n\r\n" + BODY,
            "length and chunked": HEAD + LENGTH + chunked + b"\r\n1f\r\n" + BODY + b"\r\n0\r\n\r\n",
            "bare line feeds": HEAD.replace(b"\r", b"") + LENGTH.replace(b"\r", b"") + b"\n" + BODY,
            "garbage": b"hello there\r\n\r\n",
            "chunk size": HEAD + chunked + b"\r\nzz\r\n" + BODY,
            "many headers": HEAD + b"".join(b"X-%d: y\r\n" % index for index in range(400)) + b"\r\n",
            "long header": HEAD + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        }.items():
            with self.subTest(name):
                answer = self.raw(data)
                self.assertRegex(answer[:13].decode(), r"^HTTP/1\.1 4(00|31)")
                self.assertIn("error", json.loads(answer.partition(b"\r\n\r\n")[2]))

    def test_sequential_on_one_connection(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=5)
        with contextlib.closing(connection):
            for body, expected in ((GOOD, 200), ({**GOOD, "temperature": -1}, 400), (GOOD, 200)):
                connection.request("POST", "/v1/completions", json.dumps(body))
                socket_before, answer = connection.sock, connection.getresponse()
                answer.read()
                self.assertEqual((answer.status, connection.sock), (expected, socket_before))

    def test_one_connection(self):
        bodies = [json.dumps({**GOOD, "max_tokens": count}).encode() for count in (9, 1)]
        answer = self.raw(b"".join(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body for body in bodies))
        self.assertEqual(re.findall(rb'"completion_tokens":(\d+)', answer), [b"9", b"1"])
        answer = self.raw(HEAD + LENGTH + b"Expect: 100-continue\r\n\r\n" + BODY)
        self.assertTrue(answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"))
        self.assertIn(b'"finish_reason":"length"', self.raw(raw_request(GOOD)))


if __name__ == "__main__":
    unittest.main()
