"""Many clients at once: exact counts, exact bits, clients that go, clients that do not read, too many clients."""
import asyncio, json, random, time, unittest
from concurrent.futures import ThreadPoolExecutor
from serving import Server, TINY, TINY_FLAGS, raw_request

# For tests that watch memory: blocks of a larger cache would be touched for the first time round after round.
FEW_BLOCKS = ("--num-gpu-blocks-override", "140")


def events(text):
    return [line[6:] for line in text.split("\n\n") if line.startswith("data: ")]


def is_complete(answer):
    return b'"finish_reason":"length"' in answer


class MetricsTests(unittest.TestCase):
    def test_counts_are_exact(self):
        with Server(*TINY_FLAGS, model=TINY) as server:
            for index in range(10):
                server.request("POST", "/v1/completions", {"prompt": [5, 6, 7, 8], "max_tokens": 10, "ignore_eos": True,
                                                           "stream": index % 2 == 0})
            expected = {"time_to_first_token_seconds_count": 10, "inter_token_latency_seconds_count": 90,
                        "generation_tokens_total": 100, "prompt_tokens_total": 40, "request_params_n_count": 10,
                        "e2e_request_latency_seconds_count": 10, "request_generation_tokens_sum": 100,
                        "request_prompt_tokens_sum": 40, "request_queue_time_seconds_count": 10}
            for name, value in expected.items():
                self.assertEqual(server.metric("vllm:" + name), value, name)
            finished = server.metric("vllm:request_success_total", finished_reason="length", model_name="m")
            self.assertEqual(finished, 10)
            self.assertEqual(server.metric("http_requests_total", handler="/v1/completions", status="2xx"), 10)
            kinds = {family.name: family.type for family in server.families()}
            self.assertEqual(kinds["vllm:generation_tokens"], "counter")
            self.assertEqual(kinds["vllm:num_requests_running"], "gauge")
            self.assertEqual(kinds["vllm:time_to_first_token_seconds"], "histogram")


class ExactnessTests(unittest.TestCase):
    def test_alone_and_together_are_bit_equal(self):
        random.seed(1)
        bodies = [{"prompt": [random.randrange(5, 200) for _ in range(random.randint(1, 60))], "seed": seed,
                   "temperature": 0.7, "logprobs": 3, "max_tokens": 16, "ignore_eos": True, "return_token_ids": True}
                  for seed in range(32)]
        with Server(*TINY_FLAGS, model=TINY) as server:
            def whole(body):
                choice = server.complete(**body)["choices"][0]
                logprobs = choice["logprobs"]
                return choice["text"], choice["token_ids"], logprobs["token_logprobs"], logprobs["top_logprobs"]

            def streamed(body):
                text = server.request("POST", "/v1/completions", {**body, "stream": True})[2]
                choices = [json.loads(event)["choices"][0] for event in events(text)[:-1]]
                join = lambda key: [item for choice in choices for item in choice["logprobs"][key]]
                return ("".join(choice["text"] for choice in choices), [t for c in choices for t in c["token_ids"]],
                        join("token_logprobs"), join("top_logprobs"))

            alone = [whole(body) for body in bodies]
            with ThreadPoolExecutor(32) as pool:
                self.assertEqual(list(pool.map(whole, bodies)), alone)
                self.assertEqual(list(pool.map(streamed, bodies)), alone)


class DisconnectTests(unittest.TestCase):
    """200 clients a round: 50 go mid-stream, 50 while they wait, 50 do not stream (25 go), 50 stay to the end."""

    async def client(self, port, body, leave_after_events=None, leave_after_seconds=None):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(raw_request(body))
            await writer.drain()
            if leave_after_seconds is not None:
                await asyncio.sleep(leave_after_seconds)
            elif leave_after_events is not None:
                # Deltas merge while the server is busy: the stream may be over, and must be whole, before so many.
                answer = b""
                while answer.count(b"\n\n") < leave_after_events and (piece := await reader.read(4096)):
                    answer += piece
                if not piece:
                    self.assertTrue(is_complete(answer), answer)
            else:
                return await reader.read()
        finally:
            writer.close()

    async def round(self, port):
        body = lambda n, stream: {"prompt": [random.randrange(5, 200) for _ in range(20)], "max_tokens": n,
                                  "ignore_eos": True, "stream": stream}
        clients = [self.client(port, body(150, True), leave_after_events=3) for _ in range(50)]
        clients += [self.client(port, body(150, True), leave_after_seconds=0.05) for _ in range(50)]
        clients += [self.client(port, body(150, False), leave_after_seconds=0.1) for _ in range(25)]
        clients += [self.client(port, body(16, False)) for _ in range(25)]
        clients += [self.client(port, body(16, True)) for _ in range(50)]
        answers = [answer for answer in await asyncio.gather(*clients) if answer is not None]
        self.assertEqual(len(answers), 75)
        for answer in answers:
            self.assertTrue(is_complete(answer), answer[-200:])

    def test_nothing_is_left_behind(self):
        random.seed(2)
        with Server(*TINY_FLAGS, "--max-num-seqs", "8", *FEW_BLOCKS, model=TINY) as server:
            server.complete(prompt=[5], max_tokens=1)
            descriptors, memory = server.descriptors(), []
            for _ in range(6):
                asyncio.run(self.round(server.port))
                start = time.time()
                server.complete(prompt=[5, 6], max_tokens=2)
                self.assertLess(time.time() - start, 2)
                deadline = time.time() + 15
                while not (server.is_idle() and server.descriptors() <= descriptors) and time.time() < deadline:
                    time.sleep(0.05)
                self.assertTrue(server.is_idle())
                self.assertLessEqual(server.descriptors(), descriptors)
                memory.append(server.resident())
            self.assertGreater(server.metric("vllm:request_success_total", finished_reason="abort"), 100)
            self.assertLess(max(memory[3:]), max(memory[:3]) + (8 << 20), memory)


class SlowReaderTests(unittest.TestCase):
    def test_what_is_not_read_is_merged(self):
        async def client(port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(raw_request({"prompt": [5, 6, 7], "max_tokens": 180, "ignore_eos": True, "logprobs": 20,
                                      "stream": True, "stream_options": {"include_usage": True}}))
            await asyncio.sleep(2)
            text = (await reader.read()).decode()
            writer.close()
            return text

        async def all_clients(port):
            return await asyncio.gather(*[client(port) for _ in range(10)])

        with Server(*TINY_FLAGS, *FEW_BLOCKS, model=TINY) as server:
            memory = []
            for _ in range(4):
                for text in asyncio.run(all_clients(server.port)):
                    self.assertIn("data: [DONE]", text)
                    self.assertIn('"completion_tokens":180', text)
                memory.append(server.resident())
            self.assertLess(memory[-1], memory[1] + (4 << 20), memory)


class OverloadTests(unittest.TestCase):
    def test_too_many_are_told_to_come_back(self):
        with Server(*TINY_FLAGS, "--max-num-seqs", "1", "--max-queued-requests", "1", model=TINY) as server:
            body = {"prompt": [5], "max_tokens": 200, "ignore_eos": True}
            with ThreadPoolExecutor(30) as pool:
                answers = list(pool.map(lambda _: server.request("POST", "/v1/completions", body), range(30)))
            self.assertEqual({status for status, _, _ in answers}, {200, 503})
            for status, headers, answer in answers:
                if status == 503:
                    self.assertIn("retry-after", headers)
                    self.assertEqual(answer["error"]["code"], 503)


if __name__ == "__main__":
    unittest.main()
