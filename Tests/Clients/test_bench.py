"""The benchmark commands on a tiny model: their reports and their JSON."""
import json, os, subprocess, tempfile, unittest, xml.etree.ElementTree
from serving import BINARY, Server, TINY, TINY_FLAGS


def bench(*arguments):
    return subprocess.run([BINARY, "bench", *arguments], capture_output=True, text=True, timeout=120)


class BenchTestCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "w") as file:
                file.write(text)
        return path

    def succeed(self, *arguments):
        """Standard output of a command that must succeed and be quiet on standard error."""
        result = bench(*arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ""), arguments)
        return result.stdout

    def load(self, path):
        with open(path) as file:
            return json.load(file)


class OfflineTests(BenchTestCase):
    def test_latency(self):
        path = self.path("latency.json")
        text = self.succeed("latency", "--model", TINY, *TINY_FLAGS, "--input-len", "8", "--output-len", "4",
                            "--batch-size", "2", "--num-iters-warmup", "1", "--num-iters", "3", "--output-json", path)
        lines = text.splitlines()
        self.assertRegex(lines[0], r"^Avg latency: \d\S* seconds$")
        self.assertEqual([line.split("%")[0] for line in lines[1:]], ["10", "25", "50", "75", "90", "99"])
        result = self.load(path)
        self.assertEqual(len(result["latencies"]), 3)
        self.assertAlmostEqual(result["avg_latency"], sum(result["latencies"]) / 3)
        self.assertEqual(result["percentiles"]["50"], sorted(result["latencies"])[1])

    def test_throughput(self):
        path = self.path("throughput.json")
        text = self.succeed("throughput", TINY, *TINY_FLAGS, "--num-prompts", "6", "--input-len", "10",
                            "--output-len", "5", "--random-prefix-len", "2", "--output-json", path)
        self.assertRegex(text, r"^Throughput: \S+ requests/s, \S+ total tokens/s, \S+ output tokens/s\n")
        self.assertIn("Total num prompt tokens:  72\nTotal num output tokens:  30\n", text)
        result = self.load(path)
        self.assertEqual((result["num_requests"], result["total_num_tokens"]), (6, 102))
        self.assertAlmostEqual(result["tokens_per_second"], 102 / result["elapsed_time"])

    def test_kernels(self):
        path = self.path("kernels.json")
        text = self.succeed("kernels", TINY, "--dtype", "float32", "--rows", "1,3", "--contexts", "32",
                            "--output-json", path)
        self.assertIn("GB/s read", text)
        result = self.load(path)
        self.assertGreater(result["peaks"]["float32"], 1e9)
        self.assertEqual({line["rows"] for line in result["lines"]}, {1, 3, 32})
        for line in result["lines"]:
            self.assertGreater(line["seconds"], 0)
            self.assertGreaterEqual(line["operations"], line["rows"])

    def test_profile(self):
        result = bench("latency", TINY, *TINY_FLAGS, "--input-len", "8", "--output-len", "4", "--batch-size", "2",
                       "--num-iters-warmup", "1", "--num-iters", "2", "--profile")
        rows = [line.split() for line in result.stderr.splitlines()]
        self.assertEqual(rows[0][:3], ["operation", "rows", "calls"])
        phases = {row[1]: int(row[2]) for row in rows if row[0] == "step:"}
        # Three iterations of one prefill and three decode steps; more where the second request came some steps later.
        self.assertEqual(set(phases), {"schedule", "execute", "sample", "update"})
        self.assertEqual(len(set(phases.values())), 1)
        self.assertIn(phases["execute"], range(12, 25))
        self.assertTrue(any(row[0] == "attention" for row in rows))

    def test_mistakes_name_the_option(self):
        for arguments, option in (
                (["kernels", TINY, "--rows", "0"], "--rows"),
                (["latency", TINY, "--num-iters", "0"], "--num-iters"),
                (["latency", TINY, *TINY_FLAGS, "--input-len", "300"], "--input-len"),
                (["latency", TINY, "--output-json", "/does/not/exist.json"], "--output-json"),
                (["latency", TINY, "--model", "other"], "--model"),
                (["throughput", TINY, "--num-prompts", "0"], "--num-prompts"),
                (["throughput", TINY, "--random-range-ratio", "1"], "--random-range-ratio"),
                (["throughput", TINY, "--dataset-name", "custom"], "--dataset-path"),
                (["throughput", TINY, "--dataset-name", "nonsense"], "--dataset-name"),
                (["throughput", TINY, *TINY_FLAGS], "--random-input-len"),
                (["throughput", TINY, *TINY_FLAGS, "--dataset-name", "custom", "--dataset-path",
                  self.path("bad.jsonl", "{}\n")], "--dataset-path"),
                (["serve", "--endpoint", "/v1/models"], "--endpoint"),
                (["serve", "--base-url", "http://127.0.0.1:1"], "--base-url"),
                (["serve", "--request-rate", "0"], "--request-rate"),
                (["serve", "--max-concurrency", "1,x"], "--max-concurrency"),
                (["serve", "--extra-body", "[]"], "--extra-body"),
                (["serve", "--header", "x"], "--header"),
                (["plot", "/does/not/exist.json", "-o", self.path("a.svg")], "RESULT"),
                (["plot", self.path("bad.json", "{}"), "-o", self.path("a.svg")], "RESULT")):
            result = bench(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
            self.assertTrue(result.stderr.startswith("needletail: "), result.stderr)
            self.assertIn(option, result.stderr)


class ServeTests(BenchTestCase):
    FLAGS = ("--num-prompts", "6", "--random-input-len", "8", "--random-output-len", "5")

    def serve(self, server, *arguments):
        text = self.succeed("serve", "--base-url", server.base, *arguments, "--save-result", "--result-dir",
                            self.folder, "--result-filename", "result.json")
        return text, self.load(self.path("result.json"))

    def test_one_run(self):
        with Server(*TINY_FLAGS, model=TINY) as server:
            text, result = self.serve(server, *self.FLAGS, "--request-rate", "50", "--save-detailed",
                                      "--percentile-metrics", "ttft,tpot,itl,e2el", "--metric-percentiles", "50,99",
                                      "--goodput", "ttft:60000", "e2el:60000")
            self.assertEqual(server.metric("vllm:generation_tokens_total"), 30)
            self.assertEqual(server.metric("vllm:prompt_tokens_total"), 48)
        lines = {line[:40].strip(): line[40:].strip() for line in text.splitlines()}
        self.assertTrue(text.startswith("============ Serving Benchmark Result ============\n"))
        self.assertEqual(lines["Successful requests:"], "6")
        self.assertEqual(lines["Total generated tokens:"], "30")
        self.assertIn("P99 TTFT (ms):", lines)
        for key, value in {"model_id": "m", "num_prompts": 6, "completed": 6, "failed": 0, "total_input_tokens": 48,
                           "total_output_tokens": 30, "request_rate": 50, "max_concurrency": None,
                           "input_lens": [8] * 6, "output_lens": [5] * 6, "errors": [""] * 6}.items():
            self.assertEqual(result[key], value, key)
        self.assertAlmostEqual(result["output_throughput"], 30 / result["duration"])
        self.assertAlmostEqual(result["request_goodput"], result["request_throughput"])
        self.assertGreater(result["mean_ttft_ms"], 0)
        self.assertGreaterEqual(result["p99_e2el_ms"], result["median_e2el_ms"])
        self.assertEqual(len(result["ttfts"]), 6)
        # Deltas may merge: at most a gap less than there are tokens.
        self.assertTrue(all(len(gaps) <= 4 for gaps in result["itls"]))

    def test_sweep_and_plot(self):
        with Server(*TINY_FLAGS, model=TINY) as server:
            _, results = self.serve(server, *self.FLAGS, "--max-concurrency", "1,2,4", "--num-warmups", "2")
        self.assertEqual([result["max_concurrency"] for result in results], [1, 2, 4])
        for result in results:
            self.assertEqual(result["completed"], 6)
            self.assertLessEqual(result["max_concurrent_requests"], result["max_concurrency"])
        path = self.path("plot.svg")
        self.succeed("plot", self.path("result.json"), "-o", path, "--title", "a & b")
        root = xml.etree.ElementTree.parse(path).getroot()
        texts = [element.text for element in root.iter() if element.tag.endswith("}text")]
        self.assertEqual(texts[0], "a & b")
        self.assertIn("TTFT p99", texts)

    def test_chat_and_custom_prompts(self):
        prompts = self.path("prompts.jsonl", '{"prompt": "Name a bird."}\n{"prompt": "Name a fish."}\n')
        with Server() as server:
            common = ("--random-input-len", "6", "--output-len", "4", "--num-prompts", "3", "--endpoint")
            for arguments in ((*common, "/v1/chat/completions"),
                              (*common, "/v1/chat/completions", "--dataset-name", "custom", "--dataset-path", prompts),
                              (*common, "/v1/completions", "--dataset-name", "custom", "--dataset-path", prompts,
                               "--ignore-eos", "--temperature", "0")):
                _, result = self.serve(server, *arguments)
                self.assertEqual(result["completed"], 3, arguments)
                self.assertGreater(result["total_input_tokens"], 6)
            self.assertEqual((result["endpoint_type"], result["total_output_tokens"]), ("openai", 12))

    def test_failures_are_counted(self):
        with Server(*TINY_FLAGS, model=TINY) as server:
            result = bench("serve", "--base-url", server.base, "--model", "nobody", *self.FLAGS)
            self.assertEqual(result.returncode, 2)
            self.assertIn("6 of 6 requests failed, the first with: the server answered 404", result.stderr)
            self.assertEqual(len(result.stderr.splitlines()), 1)


if __name__ == "__main__":
    unittest.main()
