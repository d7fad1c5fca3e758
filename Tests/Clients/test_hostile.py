"""Clients that mean no good: what they take is given back, and the next request is answered at once."""
import asyncio, contextlib, json, re, socket, time, unittest
from serving import Server, TINY, TINY_FLAGS, raw_request

GOOD = {"prompt": [5, 6], "max_tokens": 2}
BODY = json.dumps({"model": "m", **GOOD}).encode()
HEAD = b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)


class HostileTests(unittest.TestCase):
    def setUp(self):
        self.server = Server(*TINY_FLAGS, "--body-timeout", "2", "--write-timeout", "1", model=TINY)
        self.addCleanup(self.server.__exit__)
        self.server.complete(**GOOD)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=10)

    def exchange(self, data, *, waits=True):
        with self.connect() as connection, contextlib.suppress(ConnectionError):
            connection.sendall(data)
            answer = b""
            while waits and (piece := connection.recv(65536)):
                answer += piece
            return answer

    def settle(self, descriptors):
        """Waits until the engine is idle and no more descriptors are open than before."""
        deadline = time.time() + 20
        while time.time() < deadline and not (self.server.is_idle() and self.server.descriptors() <= descriptors + 1):
            time.sleep(0.05)
        self.assertTrue(self.server.is_idle())
        self.assertLessEqual(self.server.descriptors(), descriptors + 1)
        start = time.time()
        self.server.complete(**GOOD)
        self.assertLess(time.time() - start, 2)

    def test_framing(self):
        descriptors = self.server.descriptors()
        two = b"Content-Length: 5\r\n"
        chunked = b"Transfer-Encoding: chunked\r\n"
        cases = [
            HEAD + LENGTH + two + b"\r\n" + BODY, HEAD + two + LENGTH + b"\r\n" + BODY,
            HEAD + LENGTH + chunked + b"\r\n" + BODY, HEAD + chunked + LENGTH + b"\r\n0\r\n\r\n",
            HEAD + b"Content-Length: -1\r\n\r\n", HEAD + b"Content-Length: 1e3\r\n\r\n",
            HEAD + b"Content-Length: 99999999999999999999\r\n\r\n", HEAD + b"Content-Length : 5\r\n\r\nhello",
            HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n" + BODY,
            HEAD + b"Transfer-Encoding: xchunked\r\n\r\n" + BODY, HEAD + chunked + b"\r\nzz\r\nhello\r\n0\r\n\r\n",
            HEAD + chunked + b"\r\nffffffffffffffffff\r\n", HEAD + b" folded: x\r\n\r\n", HEAD + b"\x00: x\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ]
        for case in cases:
            answer = self.exchange(case)
            # One answer at most, and never that of a second request smuggled into the first.
            self.assertLessEqual(len(re.findall(rb"HTTP/1\.1 \d", answer or b"")), 1, case)
            self.assertNotIn(b"HTTP/1.1 5", answer or b"", case)
        self.settle(descriptors)

    def test_headers(self):
        descriptors = self.server.descriptors()
        many = b"".join(b"X-%d: y\r\n" % index for index in range(5000))
        for case in (HEAD + b"X: " + b"y" * (1 << 20) + b"\r\n\r\n", HEAD + many + b"\r\n",
                     b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\n\r\n"):
            answer = self.exchange(case)
            if answer:
                self.assertRegex(answer, rb"^HTTP/1.1 4(31|14|00) ")
        self.settle(descriptors)

    def test_slow_bodies(self):
        descriptors = self.server.descriptors()
        connections = [self.connect() for _ in range(50)]
        for connection in connections:
            connection.sendall(HEAD + LENGTH + b"\r\n")
        start = time.time()
        alive = set(connections)
        while alive and time.time() - start < 8:
            for connection in list(alive):
                try:
                    connection.sendall(b" ")
                    connection.setblocking(False)
                    answer = connection.recv(100)
                    self.assertTrue(not answer or answer.startswith(b"HTTP/1.1 408 "), answer)
                    alive.remove(connection)
                except BlockingIOError:
                    connection.setblocking(True)
                except OSError:
                    alive.discard(connection)
            time.sleep(0.5)
        self.assertFalse(alive)
        for connection in connections:
            connection.close()
        self.settle(descriptors)

    def test_half_closed(self):
        descriptors = self.server.descriptors()
        for data in (b"", HEAD, HEAD + LENGTH + b"\r\n" + BODY[:9], HEAD + LENGTH + b"\r\n" + BODY):
            with self.connect() as connection:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                with contextlib.suppress(ConnectionError):
                    while connection.recv(65536):
                        pass
        self.settle(descriptors)

    def test_reader_that_never_reads(self):
        """Answers that nobody takes are held up, bounded, and given up."""
        descriptors, resident = self.server.descriptors(), self.server.resident()
        request = raw_request({"prompt": [5, 6], "max_tokens": 200, "ignore_eos": True, "n": 64, "temperature": 1,
                               "logprobs": 20, "stream": True})
        connections = []
        for _ in range(20):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", self.server.port))
            connection.sendall(request)
            connections.append(connection)
        self.settle(descriptors)
        self.assertLess(self.server.resident() - resident, 200 << 20)
        for connection in connections:
            connection.close()

    def test_reader_that_is_slow(self):
        """A whole answer of some megabytes, read so that it takes several times the write timeout."""
        fields = {"prompt": [5, 6], "max_tokens": 200, "ignore_eos": True, "n": 100, "temperature": 1, "logprobs": 20}
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
            connection.connect(("127.0.0.1", self.server.port))
            connection.sendall(raw_request(fields))
            connection.settimeout(10)
            answer, start = b"", time.time()
            while not answer.endswith(b"}") or answer.count(b"{") != answer.count(b"}"):
                answer += connection.recv(1 << 16) or self.fail(f"cut off after {len(answer)} bytes")
                time.sleep(0.03 if time.time() - start < 4 else 0)
            self.assertGreater(time.time() - start, 3)
            self.assertGreater(len(answer), 6 << 20)

    def test_ten_thousand_aborted_streams(self):
        request = raw_request({"prompt": [5, 6, 7], "max_tokens": 200, "ignore_eos": True, "stream": True})

        async def abort(gate):
            async with gate:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
                writer.write(request)
                await reader.read(1)
                writer.transport.abort()

        async def many(count):
            gate = asyncio.Semaphore(64)
            await asyncio.gather(*(abort(gate) for _ in range(count)))

        descriptors = self.server.descriptors()
        asyncio.run(many(500))
        self.settle(descriptors)
        resident = self.server.resident()
        asyncio.run(many(9_500))
        self.settle(descriptors)
        self.assertLess(self.server.resident() - resident, 32 << 20)


if __name__ == "__main__":
    unittest.main()
