"""Starts the built server for a test, talks to it and reads its numbers."""
import http.client, json, os, pathlib, re, signal, subprocess, tempfile, time
from prometheus_client.parser import text_string_to_metric_families

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("NEEDLETAIL_BINARY", str(ROOT / ".build/release/needletail"))
TINY = str(ROOT / "Tests/Fixtures/models/llama")
TINY_FLAGS = ("--skip-tokenizer-init", "--dtype", "float32")


class Server:
    """`needletail serve` on a port of 127.0.0.1 that it picks; the default model unless one is named."""

    def __init__(self, *flags, model=None, name="m", command=None):
        self._log = tempfile.TemporaryFile()
        command = command or [BINARY, "serve", *([model] if model else []), "--host", "127.0.0.1", "--port", "0",
                   *(["--served-model-name", name] if name else []), *flags]
        self.process = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT)
        self.port = self._wait()
        self.base = f"http://127.0.0.1:{self.port}"

    def _wait(self):
        """The port that the server says it listens on."""
        deadline = time.time() + 60
        while time.time() < deadline and self.process.poll() is None:
            if found := re.search(r"listening on \w+(?:\+unix:|://127\.0\.0\.1:(\d+)\n)", self.log):
                return int(found[1] or 0)
            time.sleep(0.01)
        self.process.kill()
        self.process.wait()
        raise RuntimeError("the server did not start: " + self.log)

    @property
    def log(self):
        # The server writes at the file's one position: it must not move.
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self._log.close()

    def stop(self):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def request(self, method, path, body=None, headers={}):
        """Status, headers in lower case, and the body: parsed if it is JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            text = answer.read().decode()
            is_json = answer.getheader("Content-Type", "").startswith("application/json")
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, json.loads(text) if is_json else text
        finally:
            connection.close()

    def complete(self, **fields):
        """The answer to a completion request, which must succeed."""
        status, _, answer = self.request("POST", "/v1/completions", {"model": "m", **fields})
        assert status == 200, answer
        return answer

    def families(self):
        return list(text_string_to_metric_families(self.request("GET", "/metrics")[2]))

    def metric(self, name, **labels):
        """The sum of the samples of that name with these labels."""
        return sum(sample.value for family in self.families() for sample in family.samples
                   if sample.name == name and labels.items() <= sample.labels.items())

    def is_idle(self):
        return all(self.metric("vllm:" + name) == 0
                   for name in ("num_requests_running", "num_requests_waiting", "kv_cache_usage_perc"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def resident(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def raw_request(body, path="/v1/completions", headers={}):
    """The bytes of a POST, after which the connection is closed."""
    data = json.dumps({"model": "m", **body}).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return (head + f"Content-Length: {len(data)}\r\n\r\n").encode() + data
