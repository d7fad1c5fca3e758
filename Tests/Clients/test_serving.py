"""How a server is set up: configuration files, keys, origins, TLS, sockets, paths, flags of vLLM's."""
import contextlib, json, os, pathlib, re, socket, ssl, subprocess, tempfile, threading, time, unittest, urllib.request
from serving import BINARY, Server, TINY, TINY_FLAGS, raw_request

PROMPT = {"prompt": [5, 6], "max_tokens": 2}


def tiny(*flags):
    return Server(*TINY_FLAGS, *flags, model=TINY)


def refusal(*flags):
    """The one line that `serve` ends with."""
    run = subprocess.run([BINARY, "serve", TINY, *TINY_FLAGS, *flags], capture_output=True, text=True, timeout=20)
    assert run.returncode == 2, (run.returncode, run.stderr)
    return run.stderr.strip().split("\n")[-1]


class KeyTests(unittest.TestCase):
    def test_every_route_but_the_public_ones(self):
        with tiny("--api-key", "one", "two", "--enable-dev-routes", "--enable-tokenizer-info-endpoint") as server:
            paths = server.request("GET", "/openapi.json", headers={"Authorization": "Bearer two"})[2]["paths"]
            self.assertGreater(len(paths), 20)
            for path, methods in paths.items():
                for method in methods:
                    status = server.request(method.upper(), path.replace("{response_id}", "x"), "{}")[0]
                    if path in ("/health", "/version", "/metrics"):
                        self.assertEqual(status, 200, path)
                    else:
                        self.assertEqual(status, 401, path)
            for key in ("one", "two"):
                status, _, _ = server.request("POST", "/v1/completions", PROMPT, {"Authorization": f"Bearer {key}"})
                self.assertEqual(status, 200)
            # What a request says of host and path never decides.
            for headers in ({"Host": "127.0.0.1/health"}, {"X-Forwarded-Path": "/health"}, {"Authorization": "Bearer "},
                            {"Authorization": "Basic one"}, {"Authorization": "Bearer three"}, {"x-api-key": "on"}):
                self.assertEqual(server.request("POST", "/v1/completions", PROMPT, headers)[0], 401, headers)
            for path in ("//v1/completions", "/v1//completions", "/health/../v1/completions", "/V1/completions"):
                self.assertEqual(server.request("POST", path, PROMPT)[0], 401, path)

    def test_told_otherwise(self):
        with tiny("--api-key", "one", "--public-path", "/v1/models") as server:
            self.assertEqual(server.request("GET", "/v1/models")[0], 200)
        with tiny("--api-key", "one", "--public-path", "none") as server:
            self.assertEqual(server.request("GET", "/health")[0], 401)


class OriginTests(unittest.TestCase):
    def test_preflight(self):
        with tiny("--allowed-origins", '["https://a.example"]', "--allow-credentials", "--api-key", "one") as server:
            asks = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST",
                    "Access-Control-Request-Headers": "content-type"}
            status, headers, _ = server.request("OPTIONS", "/v1/completions", headers=asks)
            self.assertEqual((status, headers["access-control-allow-origin"]), (200, "https://a.example"))
            self.assertEqual(headers["access-control-allow-headers"], "content-type")
            self.assertEqual(headers["access-control-allow-credentials"], "true")
            _, headers, _ = server.request("GET", "/health", headers={"Origin": "https://b.example"})
            self.assertNotIn("access-control-allow-origin", headers)
        with tiny() as server:
            _, headers, _ = server.request("GET", "/nothing", headers={"Origin": "https://b.example"})
            self.assertEqual(headers["access-control-allow-origin"], "*")


class TransportTests(unittest.TestCase):
    def certificate(self, folder):
        files = [os.path.join(folder, name) for name in ("cert.pem", "key.pem")]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout",
                        files[1]], check=True, capture_output=True)
        return files

    def test_tls(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = self.certificate(folder)
            with tiny("--ssl-certfile", certificate, "--ssl-keyfile", key) as server:
                trust = ssl.create_default_context(cafile=certificate)
                request = urllib.request.Request(
                    f"https://127.0.0.1:{server.port}/v1/completions", json.dumps(PROMPT).encode(),
                    {"Content-Type": "application/json"})
                with urllib.request.urlopen(request, context=trust, timeout=10) as answer:
                    self.assertEqual(json.load(answer)["usage"]["completion_tokens"], 2)
                # Plain HTTP gets nothing, and harms nobody.
                with socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain:
                    plain.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                    self.assertNotIn(b"200", plain.recv(1000))
                with urllib.request.urlopen(f"https://127.0.0.1:{server.port}/health", context=trust, timeout=10):
                    pass
            self.assertIn("--ssl-keyfile", refusal("--ssl-certfile", certificate))
            self.assertIn("--ssl-certfile", refusal("--ssl-certfile", key, "--ssl-keyfile", certificate))

    def test_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "needletail.sock")
            for _ in range(2):
                with tiny("--uds", path):
                    with socket.socket(socket.AF_UNIX) as connection:
                        connection.settimeout(10)
                        connection.connect(path)
                        connection.sendall(b"GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                        self.assertTrue(connection.recv(1000).startswith(b"HTTP/1.1 200"))
                self.assertFalse(os.path.exists(path))

    def test_unix_socket_of_another_server(self):
        """It is not taken, what is no socket stays, and one that was left behind is used."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s")
            with tiny("--uds", path):
                self.assertIn("another server is already listening", refusal("--uds", path))
                self.assertTrue(os.path.exists(path))
            with socket.socket(socket.AF_UNIX) as left:
                left.bind(path)
            with tiny("--uds", path):
                os.unlink(path)
                pathlib.Path(path).write_text("mine")
            self.assertEqual(pathlib.Path(path).read_text(), "mine")
            busy = os.path.join(folder, "busy")
            with socket.socket(socket.AF_UNIX) as other, socket.socket(socket.AF_UNIX) as waiting:
                other.bind(busy)
                other.listen(0)
                waiting.connect(busy)
                self.assertIn("--uds", refusal("--uds", busy))
            self.assertIn("is not a socket", refusal("--uds", path))

    def test_root_path(self):
        with tiny("--root-path", "/llm") as server:
            self.assertEqual(server.request("GET", "/llm/v1/models")[0], 200)
            self.assertEqual(server.request("GET", "/v1/models")[0], 200)
            self.assertEqual(server.request("GET", "/openapi.json")[2]["servers"], [{"url": "/llm"}])


class FlagTests(unittest.TestCase):
    def test_configuration_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "config.yaml")
            path.write_text("# A server\nserved-model-name: [a, b]\nmax_model_len: 100 # tokens\n"
                            "enable-prompt-tokens-details: true\noverride-generation-config:\n  temperature: 0\n"
                            "allowed-origins: ['https://a.example']\nmax-n: 3\n")
            command = [BINARY, "serve", TINY, *TINY_FLAGS, "--config", str(path), "--port", "0", "--max-n", "4"]
            with Server(*TINY_FLAGS, "--config", str(path), "--max-n", "4", model=TINY, name=None) as server:
                models = server.request("GET", "/v1/models")[2]["data"]
                self.assertEqual([model["id"] for model in models], ["a", "b"], command)
                self.assertEqual(models[0]["max_model_len"], 100)
                _, _, answer = server.request("POST", "/v1/completions", {**PROMPT, "n": 5, "temperature": 1})
                self.assertIn("1...4", answer["error"]["message"])
                # The file's temperature is 0, which n does not go with.
                self.assertEqual(server.request("POST", "/v1/completions", {**PROMPT, "n": 2})[0], 400)
                _, _, answer = server.request("POST", "/v1/completions", PROMPT)
                self.assertIn("prompt_tokens_details", answer["usage"])
            for text, mistake in (("a: &x 1", "line 1"), ("port: 1\nport: 2", "line 2"), ("- a", "line 1"),
                                  ("port: 1\n  host: x", "line 2"), ("nobody-knows: 1", "--nobody-knows")):
                path.write_text(text)
                self.assertIn(mistake, refusal("--config", str(path)))

    def test_configuration_file_in_detail(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "config.yaml")

            def names(text, *flags):
                path.write_text(text, newline="")
                # The model comes last: no list of the file's may take it.
                command = [BINARY, "serve", "--config", str(path), *TINY_FLAGS, "--port", "0", *flags, TINY]
                with Server(command=command) as server:
                    answer = server.request("GET", "/v1/models", headers={"Authorization": "Bearer 007"})
                    return [model["id"] for model in answer[2]["data"]]

            self.assertEqual(names("max-model-len: 64\r\napi-key: 007\r\nserved-model-name: foo\r\n"), ["foo"])
            self.assertEqual(names("served-model-name: bob's # note\n'api-key': '007'\n"), ["bob's"])
            self.assertEqual(names("served-model-name: ['a#b', \"c # d\"]\n"), ["a#b", "c # d"])
            self.assertEqual(names("served-model-name:\n- a\n- 1.10\nlog-requests: no\n"), ["a", "1.10"])
            self.assertEqual(names("served-model-name:\n  - 1.10\n  - 1e5\n"), ["1.10", "1e5"])
            self.assertEqual(names("served-model-name: [1.10, 'it''s # one' , b]\n"), ["1.10", "it's # one", "b"])
            self.assertEqual(names("served-model-name: a\n", "--"), ["a"])
            # A member of a flag that the command line has: the command line counts.
            path.write_text("override-generation-config.temperature: 0")
            with tiny("--config", str(path), "--override-generation-config", '{"max_new_tokens": 3}',
                      "--override-generation-config.temperature", "1") as server:
                answer = server.complete(prompt=[5, 6], max_tokens=20, ignore_eos=True, n=2)
                self.assertEqual(answer["usage"]["completion_tokens"], 6)
            for text, mistake in (("api-key: off", "needs a value"), ("api-key:", "no value"),
                                  ("api-key:\n-\n- b", "line 2"), ("served-model-name: [a, ]", "empty element"),
                                  ("served-model-name: a: b", "line 1"), ("compilation-config: yes", "needs a value"),
                                  ("a: 'b", "line 1"), ("port:1", "line 1")):
                path.write_text(text)
                self.assertIn(mistake, refusal("--config", str(path)))

    def test_every_switch_can_be_off_in_a_file(self):
        usage = subprocess.run([BINARY, "serve", "--help"], capture_output=True, text=True, check=True).stdout
        switches = set(re.findall(r"^  (?:--[\w-]+/)?--([\w-]+)(?:, --[\w-]+)*(?= *$|  )", usage, re.M)) - {"version"}
        self.assertLess({"enable-dev-routes", "profile"}, switches)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "config.yaml")
            path.write_text("".join(f"{name.removeprefix('no-')}: false\n" for name in switches
                                    if name != "skip-tokenizer-init"))
            with tiny("--config", str(path)) as server:
                self.assertEqual(server.request("GET", "/docs")[0], 200)

    def test_fingerprint(self):
        prints = []
        for flags, model in ((("--threads", "1"), TINY), (("--threads", "2"), TINY), (("--dtype", "bfloat16"), TINY),
                             ((), TINY.replace("llama", "qwen2"))):
            with Server(*TINY_FLAGS, *flags, model=model) as server:
                prints.append(server.complete(**PROMPT)["system_fingerprint"])
        self.assertEqual(prints[0], prints[1])
        self.assertEqual(len(set(prints)), 3)

    def test_vllm_flags(self):
        with tiny("--gpu-memory-utilization", "0.9", "--enforce_eager", "--tensor-parallel-size=1",
                  "--max_model_len", "64", "--disable-log-stats") as server:
            self.assertEqual(server.request("GET", "/v1/models")[2]["data"][0]["max_model_len"], 64)
            self.assertEqual(server.log.count("changes nothing"), 1)
            self.assertIn("--gpu-memory-utilization, --enforce-eager, --disable-log-stats", server.log)
        self.assertIn("--tensor-parallel-size: only 1 is supported, got '2'", refusal("-tp", "2"))
        self.assertIn("--enable-lora: is not supported", refusal("--enable-lora"))
        self.assertIn("--nobody-knows", refusal("--nobody-knows"))
        self.assertIn("--kv-cache-dtype: only auto", refusal("--kv-cache-dtype", "fp8"))
        with tiny("--dtype", "half", "--max-model-len", "0.1k", "--max-num-batched-tokens", "1K", "-O2", "--load-format",
                  "safetensors", "--override-generation-config.max_new_tokens", "3",
                  "--override-generation-config.temperature", "0.5") as server:
            self.assertEqual(server.request("GET", "/v1/models")[2]["data"][0]["max_model_len"], 100)
            answer = server.complete(prompt=[5, 6], max_tokens=20, ignore_eos=True, n=2)
            self.assertEqual(answer["usage"]["completion_tokens"], 6)
        with tiny("--max-model-len", "auto") as server:
            self.assertEqual(server.request("GET", "/v1/models")[2]["data"][0]["max_model_len"], 256)

    def test_names(self):
        with Server(*TINY_FLAGS, "--served-model-name", "a", "b", model=TINY, name=None) as server:
            for name in ("a", "b", "", None):
                self.assertEqual(server.complete(**{**PROMPT, "model": name})["model"], "a")

    def test_more_than_ever_fits(self):
        with tiny("--max-num-seqs", "2", "--max-num-queued-reqs", "6") as server:
            for fields, field in (({"n": 5, "temperature": 1}, "n"), ({"best_of": 5, "temperature": 1}, "best_of"), ({"prompt": [[5]] * 5}, "prompt")):
                status, headers, answer = server.request("POST", "/v1/completions", {**PROMPT, **fields})
                self.assertEqual((status, answer["error"]["param"]), (400, field))
                self.assertNotIn("retry-after", headers)
            server.complete(**{**PROMPT, "n": 4, "temperature": 1})

    def test_request_ids(self):
        with tiny("--enable-per-request-metrics") as server:
            _, headers, answer = server.request("POST", "/v1/completions", PROMPT, {"X-Request-Id": "mine"})
            self.assertEqual((headers["x-request-id"], answer["id"]), ("mine", "cmpl-mine"))
            _, headers, answer = server.request("POST", "/v1/completions", {**PROMPT, "request_id": "other"})
            self.assertEqual(answer["id"], "cmpl-other")
            self.assertTrue(headers["x-request-id"])
            self.assertGreater(answer["metrics"]["time_to_first_token_ms"], 0)
            # A proxy's header that cannot be an id is replaced, a field of the client's own is refused.
            _, headers, answer = server.request("POST", "/v1/completions", PROMPT, {"X-Request-Id": "a b/c"})
            self.assertEqual(answer["id"], "cmpl-" + headers["x-request-id"])
            for bad in ("", "a b", "a/b", "x" * 129):
                self.assertEqual(server.request("POST", "/v1/completions", {**PROMPT, "request_id": bad})[0], 400)

    def test_flags_that_are_always_on(self):
        with tiny("--enable-request-id-headers", "--disable-log-stats") as server:
            self.assertIn("--enable-request-id-headers: always on here", server.log)
            self.assertNotIn("--enable-request-id-headers, --disable-log-stats", server.log)
            _, headers, _ = server.request("GET", "/version", headers={"X-Request-Id": "mine"})
            self.assertEqual(headers["x-request-id"], "mine")

    def test_streamed_metrics_stand_on_the_usage_chunk(self):
        with tiny("--enable-per-request-metrics") as server:
            def streamed(**fields):
                text = server.request("POST", "/v1/completions", {**PROMPT, "stream": True, **fields})[2]
                return [json.loads(line[6:]) for line in text.split("\n\n") if line.startswith("data: {")]
            self.assertTrue(all("metrics" not in chunk for chunk in streamed()))
            for count in (1, 2):
                *chunks, last = streamed(max_tokens=count, ignore_eos=True, stream_options={"include_usage": True})
                self.assertTrue(all("metrics" not in chunk for chunk in chunks))
                self.assertGreater(last["metrics"]["time_to_first_token_ms"], 0)
                self.assertEqual("mean_itl_ms" in last["metrics"], count == 2)
                self.assertNotIn("speculative_decoding", last["metrics"])
            self.assertIsNone(server.complete(**{**PROMPT, "max_tokens": 1})["metrics"]["mean_itl_ms"])

    def test_development_routes(self):
        with tiny() as server:
            self.assertEqual(server.request("POST", "/reset_prefix_cache")[0], 404)
        with tiny("--enable-dev-routes", "--enable-prompt-tokens-details") as server:
            prompt = {"prompt": list(range(3, 40)), "max_tokens": 1}
            cached = lambda: server.complete(**prompt)["usage"]["prompt_tokens_details"]["cached_tokens"]
            self.assertEqual((cached(), cached()), (0, 32))
            self.assertEqual(server.request("POST", "/reset_prefix_cache")[0], 200)
            self.assertEqual(cached(), 0)
            self.assertEqual(server.request("GET", "/server_info")[2]["models"][0]["block_size"], 16)
            for mode in ("abort", "wait", "keep"):
                self.assertEqual(server.request("POST", f"/pause?mode={mode}")[2], {"status": "paused"})
                status, headers, _ = server.request("POST", "/v1/completions", PROMPT)
                self.assertEqual((status, "retry-after" in headers), (503, True))
                self.assertEqual(server.request("POST", "/resume")[2], {"status": "resumed"})
                server.complete(**PROMPT)
            running = threading.Thread(target=lambda: ended.append(server.complete(
                prompt=[5, 6], max_tokens=250, ignore_eos=True, n=200, temperature=1)))
            ended = []
            running.start()
            while not server.metric("vllm:num_requests_running"):
                time.sleep(0.01)
            server.request("POST", "/pause?clear_cache=True")
            running.join(10)
            self.assertEqual({choice["finish_reason"] for choice in ended[0]["choices"]}, {"abort"})
            server.request("POST", "/resume")
            # Pauses and resumes at once: whatever comes last counts, and the engine and the flag agree.
            for _ in range(20):
                rivals = [threading.Thread(target=server.request, args=("POST", path))
                          for path in ("/pause?mode=keep", "/resume", "/pause?mode=wait", "/resume")]
                for rival in rivals:
                    rival.start()
                for rival in rivals:
                    rival.join()
                if not server.request("GET", "/is_paused")[2]["is_paused"]:
                    server.complete(**PROMPT)
            server.request("POST", "/resume")
            # What is under way has its end, also a search that consists of many requests.
            for mode, count, status in (("wait", 20, 200), ("abort", 500, 503)):
                search = threading.Thread(target=lambda: found.append(server.request("POST", "/v1/completions", {
                    "prompt": [[5, 6]] * count, "max_tokens": 60, "use_beam_search": True, "n": 4, "ignore_eos": True})))
                found = []
                search.start()
                time.sleep(0.1)
                server.request("POST", f"/pause?mode={mode}")
                search.join(1)
                self.assertFalse(search.is_alive(), mode)
                self.assertEqual(found[0][0], status, found)
                server.request("POST", "/resume")
            self.assertEqual(server.request("POST", "/pause?mode=x")[2]["error"]["param"], "mode")


class MetricTests(unittest.TestCase):
    """vLLM's names, which dashboards look for."""
    NAMES = """num_requests_running num_requests_waiting num_requests_waiting_by_reason engine_sleep_state
        kv_cache_usage_perc cache_config_info prefix_cache_queries_total prefix_cache_hits_total num_preemptions_total
        prompt_tokens_total prompt_tokens_by_source_total prompt_tokens_cached_total generation_tokens_total
        request_success_total admission_rejections_total"""
    HISTOGRAMS = """request_prompt_tokens request_generation_tokens request_max_num_generation_tokens
        request_params_max_tokens request_params_n request_prefill_kv_computed_tokens iteration_tokens_total
        time_to_first_token_seconds inter_token_latency_seconds request_time_per_output_token_seconds
        e2e_request_latency_seconds request_queue_time_seconds request_inference_time_seconds
        request_prefill_time_seconds request_decode_time_seconds"""

    def test_names(self):
        with tiny() as server:
            names = {sample.name for family in server.families() for sample in family.samples}
            expected = {f"vllm:{name}" for name in self.NAMES.split()}
            expected |= {f"vllm:{name}_{part}" for name in self.HISTOGRAMS.split() for part in ("bucket", "count", "sum")}
            self.assertEqual(expected - names, set())
            self.assertEqual(server.metric("vllm:engine_sleep_state", sleep_state="awake"), 1)
            self.assertEqual(server.metric("vllm:engine_sleep_state"), 1)

    @contextlib.contextmanager
    def running(self, server, count, headers={}):
        """A call that holds places for so many outputs."""
        body = {"prompt": "Once", "n": count, "temperature": 1, "max_tokens": 2000, "ignore_eos": True, "stream": True}
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            connection.sendall(raw_request(body, headers=headers))
            self.assertTrue(connection.recv(1000))
            yield

    def test_refused_requests_are_counted(self):
        body = {"prompt": "x", "n": 2, "temperature": 1, "max_tokens": 1}
        with Server("--max-num-seqs", "1", "--max-num-queued-reqs", "3") as server, self.running(server, 2):
            for count, (n, reason) in enumerate([(2, "caller_share"), (2, "caller_share")], 1):
                self.assertEqual(server.request("POST", "/v1/completions", {**body, "n": n})[0], 503)
                self.assertEqual(server.metric("vllm:admission_rejections_total", reason=reason, model_name="m"), count)
            with self.running(server, 1), self.running(server, 1):
                self.assertEqual(server.request("POST", "/v1/completions", {**body, "n": 1})[0], 503)
            self.assertEqual(server.metric("vllm:admission_rejections_total", reason="max_num_queued_reqs"), 1)

    def test_a_caller_leaves_room_for_others(self):
        body = {"prompt": "x", "n": 1, "temperature": 1, "max_tokens": 1}
        keys = [{"Authorization": "Bearer " + key} for key in "ab"]
        with Server("--max-num-seqs", "1", "--max-num-queued-reqs", "3", "--api-key", "a", "b") as server:
            with self.running(server, 1, keys[0]), self.running(server, 1, keys[0]):
                # Two connections of one key share; the other key is served, by turns.
                status, headers, answer = server.request("POST", "/v1/completions", body, keys[0])
                self.assertEqual(status, 503)
                self.assertIn("of this caller", answer["error"]["message"])
                self.assertEqual(headers["retry-after"], "1")
                with self.running(server, 1, keys[1]):
                    pass


class BatchTests(unittest.TestCase):
    def run_batch(self, folder, lines):
        source, target = os.path.join(folder, "in.jsonl"), os.path.join(folder, "out.jsonl")
        pathlib.Path(source).write_text("\n".join(json.dumps(line) for line in lines))
        run = subprocess.run([BINARY, "run-batch", "-i", source, "-o", target, TINY, *TINY_FLAGS],
                             capture_output=True, text=True, timeout=60)
        answers = [json.loads(line) for line in pathlib.Path(target).read_text().splitlines()] if os.path.exists(target) else []
        return run, answers

    def test_answers_and_resumes(self):
        lines = [{"custom_id": f"r{index}", "method": "POST", "url": "/v1/completions",
                  "body": {"prompt": [5, 6, index], "max_tokens": 4, "temperature": 0}} for index in range(20)]
        lines.append({"custom_id": "bad", "method": "POST", "url": "/v1/completions", "body": {"prompt": []}})
        lines.append({"custom_id": "lost", "method": "POST", "url": "/v1/x", "body": {}})
        lines.append({"custom_id": "later", "method": "POST", "url": "/v1/responses", "body": {"background": True}})
        with tempfile.TemporaryDirectory() as folder:
            run, answers = self.run_batch(folder, lines)
            self.assertEqual(run.returncode, 0, run.stderr)
            by_id = {answer["custom_id"]: answer for answer in answers}
            self.assertEqual(set(by_id), {line["custom_id"] for line in lines})
            self.assertEqual(by_id["r3"]["response"]["status_code"], 200)
            self.assertEqual(by_id["r3"]["response"]["body"]["usage"]["completion_tokens"], 4)
            self.assertEqual((by_id["bad"]["response"]["status_code"], by_id["bad"]["error"]["param"]), (400, "prompt"))
            self.assertEqual([by_id[name]["error"]["param"] for name in ("lost", "later")], ["url", "background"])
            # Cut off in the middle of a line: what is missing is answered, the same as before, and nothing twice.
            target = pathlib.Path(folder, "out.jsonl")
            whole = target.read_bytes().splitlines(keepends=True)
            target.write_bytes(b"".join(whole[:9]) + whole[9][:30])
            run, again = self.run_batch(folder, lines)
            self.assertIn("9 of 23 requests are done", run.stderr)
            self.assertEqual(len(again), 23)
            texts = {answer["custom_id"]: answer["response"]["body"].get("choices") for answer in again}
            self.assertEqual(texts, {name: answer["response"]["body"].get("choices") for name, answer in by_id.items()})

    def test_mistakes(self):
        good = {"custom_id": "a", "method": "POST", "url": "/v1/completions", "body": {}}
        with tempfile.TemporaryDirectory() as folder:
            for line, mistake in ((good, "second time"), ({**good, "custom_id": 1}, "custom_id"),
                                  ({**good, "custom_id": "b", "method": "GET"}, "method")):
                run, _ = self.run_batch(folder, [good, line])
                self.assertEqual(run.returncode, 2)
                self.assertIn("line 2: ", run.stderr)
                self.assertIn(mistake, run.stderr)


if __name__ == "__main__":
    unittest.main()
