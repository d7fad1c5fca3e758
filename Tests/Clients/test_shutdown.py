"""SIGTERM under load: every request that the server has taken ends with its answer or a clear error."""
import json, random, signal, socket, threading, time, unittest
from serving import Server, TINY, TINY_FLAGS, raw_request


class Client(threading.Thread):
    """Sends requests one after the other until the server is gone; keeps (time sent, answer) of each."""

    def __init__(self, port, max_tokens, stream):
        super().__init__()
        self.port, self.answers = port, []
        self.request = raw_request({"prompt": [5, 6, 7], "max_tokens": max_tokens, "ignore_eos": True,
                                    "stream": stream})

    def run(self):
        while True:
            answer = b""
            try:
                connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            except OSError:
                return
            with connection:
                try:
                    connection.sendall(self.request)
                    sent = time.time()
                    while data := connection.recv(65536):
                        answer += data
                except OSError:
                    pass
            self.answers.append((sent, answer.decode()))
            if not answer or b" 200 " not in answer.split(b"\r\n")[0]:
                return


def is_whole(answer):
    head, _, body = answer.partition("\r\n\r\n")
    if " 200 " in head and "text/event-stream" in head:
        return "data: [DONE]\n\n" in body
    length = next((int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), -1)
    return len(body) == length and (" 200 " in head or (" 503 " in head and "error" in json.loads(body)))


class ShutdownTests(unittest.TestCase):
    def run_load(self, server, seconds, clients, max_tokens):
        threads = [Client(server.port, max_tokens, index % 2 == 0) for index in range(clients)]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        signalled = time.time()
        server.process.send_signal(signal.SIGTERM)
        code = server.process.wait(30)
        took = time.time() - signalled
        for thread in threads:
            thread.join()
        return code, took, signalled, [answer for thread in threads for answer in thread.answers]

    def check(self, answers, signalled):
        """What arrives while the server closes its door may find it closed; nobody gets half an answer."""
        for sent, answer in answers:
            if answer or sent < signalled - 0.05:
                self.assertTrue(is_whole(answer), (sent - signalled, answer))

    def test_at_twenty_instants(self):
        random.seed(3)
        for _ in range(20):
            with Server(*TINY_FLAGS, "--shutdown-timeout", "5", model=TINY) as server:
                code, took, signalled, answers = self.run_load(server, random.uniform(0.05, 0.5), 8, 40)
                self.assertEqual(code, 0)
                self.assertLess(took, 8)
                self.assertTrue(answers)
                self.check(answers, signalled)

    def test_the_timeout_ends_what_runs(self):
        with Server(*TINY_FLAGS, "--shutdown-timeout", "0", "--max-num-seqs", "1", model=TINY) as server:
            code, took, signalled, answers = self.run_load(server, 0.3, 30, 200)
            self.assertEqual(code, 0)
            self.assertLess(took, 5)
            self.assertTrue(any("shut down" in answer for _, answer in answers))
            self.check(answers, signalled)


if __name__ == "__main__":
    unittest.main()
