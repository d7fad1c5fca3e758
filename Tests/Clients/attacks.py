"""Requests that could hold up other clients, and a well-behaved client that measures whether they do.

    python attacks.py [--only NAME,...]       # each alone, then all at once, against a server of the default model

Prints, per attack, the token gaps of a stream beside it (median, largest), the latency of /health (median, p99) and the
statuses that the attack got.
"""
import argparse, collections, http.client, json, multiprocessing, os, statistics, sys, threading, time

WORDS = 49_152
SEED_TEXT = "The history of the town begins with the river, which gave it its name and its first trade. "


def chat(megabytes):
    text = SEED_TEXT * (int(megabytes * 1e6) // len(SEED_TEXT))
    return {"messages": [{"role": "user", "content": text}], "max_tokens": 1}


def completion(**fields):
    return {"prompt": "Once upon a time", "max_tokens": 40, "temperature": 1, "ignore_eos": True, **fields}


def tokens(count, seed=1):
    return [(seed * 7919 + 31 * place) % 40_000 + 1_000 for place in range(count)]


def bodies(path, *requests):
    return [(path, json.dumps(request).encode()) for request in requests]


# Made when an attack begins: some are large.
ATTACKS = {
    # The output is one long run of a token's 64 characters, as is what it is compared with.
    "stop texts": lambda: bodies(
        "/v1/completions",
        *[completion(stop=["=" * length + chr(200 + place) for place in range(64)], allowed_token_ids=[28909],
                     max_tokens=400, stream=True) for length in [9_999] * 4 + [990] * 4]),
    "logits processors": lambda: bodies(
        "/v1/completions",
        completion(n=256, max_tokens=4, logits_processors=[{"name": "typical_p", "args": {"value": 0.99999999}}] * 16),
        *[completion(n=8, logits_processors=[{"name": "typical_p", "args": {"value": 0.99999999}}] * 2)] * 2),
    "flat top_p": lambda: bodies("/v1/completions", completion(n=64, temperature=2, top_p=0.9999, max_tokens=60)),
    "large chats": lambda: bodies("/v1/chat/completions", *[chat(9.9)] * 4),
    "biases": lambda: bodies(
        "/v1/completions",
        *[completion(n=256, max_tokens=2, logit_bias={str(token): 1 for token in range(WORDS)})] * 3),
    "dry breakers": lambda: bodies(
        "/v1/completions",
        *[completion(vllm_xargs={"dry_multiplier": 0.8, "dry_sequence_breakers": [f"{run}-{place}" for place in range(64)]})
          for run in range(4)]),
    "many prompts": lambda: bodies(
        "/v1/completions", *[completion(prompt=[[5, 6, 7, place] for place in range(1024)], n=4, max_tokens=2)] * 3),
    "prompt logprobs": lambda: bodies(
        "/v1/completions", *[completion(prompt=tokens(7_000), prompt_logprobs=1, max_tokens=1)] * 2),
    "background responses": lambda: bodies(
        "/v1/responses",
        *[{"input": SEED_TEXT * (9_500_000 // len(SEED_TEXT)), "background": True, "max_output_tokens": 1,
           "truncation": "auto"}] * 14),
    "long prompt": lambda: bodies("/v1/completions", completion(prompt=tokens(7_900, seed=3), max_tokens=1)),
}


def send(port, path, body, statuses, deadline):
    """One request of an attack; its answer is read until the deadline."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=max(1, deadline - time.time()))
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        while answer.read1(1 << 16) and time.time() < deadline:
            pass
        statuses.append(answer.status)
    except (OSError, http.client.HTTPException) as error:
        statuses.append(type(error).__name__)
    finally:
        connection.close()


def attack(port, names, duration, start, pipe):
    """In a process of its own, so that the measuring one is not held up by it."""
    requests = [(name, *request) for name in names for request in ATTACKS[name]()]
    start.wait()
    statuses, deadline = collections.defaultdict(list), time.time() + duration
    threads = [threading.Thread(target=send, args=(port, path, body, statuses[name], deadline))
               for name, path, body in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pipe.send({name: dict(collections.Counter(found)) for name, found in statuses.items()})


class Victim:
    """A client that streams, and asks for /health, while others do what they do."""

    def __init__(self, port):
        self.port, self.running, self.times, self.health, self.failures = port, True, [], [], []
        self.threads = [threading.Thread(target=self._stream), threading.Thread(target=self._probe)]
        for thread in self.threads:
            thread.start()

    def _stream(self):
        while self.running:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            body = json.dumps(completion(max_tokens=2_000, stream=True, temperature=0))
            try:
                connection.request("POST", "/v1/completions", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                if answer.status != 200:
                    self.failures.append((answer.status, answer.read()[:200]))
                    time.sleep(0.2)
                    continue
                while self.running and (line := answer.readline()):
                    if line.startswith(b"data: {"):
                        self.times.append(time.monotonic())
                self.times.append(None)
            except OSError as error:
                self.failures.append(error)
            finally:
                connection.close()

    def _probe(self):
        while self.running:
            start = time.monotonic()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
                connection.request("GET", "/health")
                connection.getresponse().read()
                connection.close()
                self.health.append((start, time.monotonic() - start))
            except OSError as error:
                self.failures.append(error)
            time.sleep(0.02)

    def stop(self):
        self.running = False
        for thread in self.threads:
            thread.join()

    def gaps(self, begin, end):
        """Between tokens of one stream, of those that came from `begin` to `end`."""
        pairs = zip(self.times, self.times[1:])
        return [late - early for early, late in pairs if early and late and late >= begin and early <= end]

    def latencies(self, begin, end):
        return [taken for start, taken in self.health if start + taken >= begin and start <= end]


Result = collections.namedtuple("Result", "median largest health_median health_p99 statuses failures")


def prepare(port, names, duration):
    """The process of some attacks, the pipe that their statuses will come from and the event that they wait for."""
    start, (here, there) = multiprocessing.Event(), multiprocessing.Pipe()
    attacker = multiprocessing.Process(target=attack, args=(port, names, duration, start, there))
    attacker.start()
    return attacker, here, start


def measure(port, names, duration=15):
    """The victim's figures, in seconds, while the attacks run, `duration` at most."""
    attacker, here, start = prepare(port, names, duration)
    victim = Victim(port)
    try:
        time.sleep(2)
        begin = time.monotonic()
        start.set()
        statuses = here.recv() if here.poll(duration + 60) else {}
        attacker.join(10)
        end = time.monotonic()
        time.sleep(0.5)
    finally:
        victim.stop()
        attacker.kill()
    gaps, health = victim.gaps(begin, end) or [float("inf")], victim.latencies(begin, end) or [float("inf")]
    p99 = sorted(health)[min(len(health) - 1, len(health) * 99 // 100)]
    return Result(statistics.median(gaps), max(gaps), statistics.median(health), p99, statuses, victim.failures)


def describe(name, result):
    milliseconds = [f"{1000 * figure:.0f}" for figure in result[:4]]
    return (f"{name}: token gap median {milliseconds[0]} ms, largest {milliseconds[1]} ms; /health median "
            f"{milliseconds[2]} ms, p99 {milliseconds[3]} ms; {result.statuses}")


def main():
    from serving import Server
    parser = argparse.ArgumentParser()
    parser.add_argument("--only")
    parser.add_argument("--duration", type=float, default=15)
    arguments = parser.parse_args()
    names = arguments.only.split(",") if arguments.only else list(ATTACKS)
    for chosen in [[name] for name in names] + ([names] if not arguments.only else []):
        with Server("--shutdown-timeout", "1") as server:
            before = server.resident()
            result = measure(server.port, chosen, arguments.duration)
            print(describe(" + ".join(chosen) if len(chosen) < 3 else "all at once", result), end="; ")
            resident = server.resident()
            begin = time.monotonic()
            code = server.stop()
            print(f"memory {before >> 20} to {resident >> 20} MiB; stopped in {time.monotonic() - begin:.1f} s, code {code}"
                  + (f"; {len(result.failures)} failures, such as {result.failures[0]}" if result.failures else ""), flush=True)


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    main()
