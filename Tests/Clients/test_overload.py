"""More than can be served: a thousand requests wait, two hundred are given up, and the server is asked to stop."""
import asyncio, collections, json, signal, unittest
from serving import Server, TINY, TINY_FLAGS, raw_request

REQUEST = raw_request({"prompt": [5, 6, 7, 8], "max_tokens": 120, "ignore_eos": True})


class OverloadTests(unittest.TestCase):
    def test_everybody_gets_an_answer(self):
        with Server(*TINY_FLAGS, "--max-num-seqs", "4", "--max-num-queued-reqs", "900", "--shutdown-timeout", "5",
                    model=TINY) as server:
            outcomes = asyncio.run(self.run_all(server))
            self.assertEqual(server.process.wait(20), 0)
        print("overload:", dict(outcomes))
        self.assertEqual(sum(outcomes.values()), 1000)
        self.assertEqual(outcomes["given up"], 200)
        self.assertGreater(outcomes["200"], 0)
        self.assertGreater(outcomes["503"], 0)
        self.assertEqual(set(outcomes), {"given up", "200", "503"})

    async def run_all(self, server):
        outcomes = collections.Counter()
        cancelled = asyncio.Event()

        async def one(index):
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            except ConnectionRefusedError:
                return outcomes.update(["refused"])
            writer.write(REQUEST)
            if index % 5 == 0:
                await asyncio.wait_for(cancelled.wait(), 30)
                writer.transport.abort()
                return outcomes.update(["given up"])
            answer = await reader.read()
            writer.close()
            head, _, body = answer.partition(b"\r\n\r\n")
            if not head:
                return outcomes.update(["nothing"])
            status = head.split(b" ")[1].decode()
            if status == "503":
                self.assertIn("message", json.loads(body)["error"])
            outcomes.update([status])

        tasks = [asyncio.create_task(one(index)) for index in range(1000)]
        await asyncio.sleep(1)
        cancelled.set()
        await asyncio.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        await asyncio.gather(*tasks)
        return outcomes


if __name__ == "__main__":
    unittest.main()
