#!/usr/bin/env python3
"""How much a long prompt holds up running streams, on any OpenAI-compatible server.

Starts some streams, sends one long prompt once each of them runs, and prints the gaps between the streams' tokens from
then until the long prompt's first token, and how long that took.

  Scripts/stutter.py --url http://127.0.0.1:8000 --model m
  Scripts/stutter.py --url http://127.0.0.1:8000 --model m --prompt-tokens 7000 --prompt-logprobs 1
"""
import argparse, http.client, json, random, statistics, threading, time, urllib.parse


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--model", default="m")
    parser.add_argument("--streams", type=int, default=8)
    parser.add_argument("--stream-tokens", type=int, default=100, help="output tokens of each stream")
    parser.add_argument("--prompt-tokens", type=int, default=7900, help="tokens of the long prompt")
    parser.add_argument("--prompt-logprobs", type=int, help="ask for log-probabilities of the long prompt")
    parser.add_argument("--repeat", type=int, default=1, help="send the long prompt so often, one after the other")
    parser.add_argument("--vocab-size", type=int, default=49000, help="token ids are below this")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Stream(threading.Thread):
    """A streamed completion, and when each of its tokens came."""

    def __init__(self, options, prompt, max_tokens, **fields):
        super().__init__(daemon=True)
        self.url = urllib.parse.urlsplit(options.url)
        self.body = {"model": options.model, "prompt": prompt, "max_tokens": max_tokens, "temperature": 0,
                     "ignore_eos": True, "stream": True, **fields}
        self.sent, self.times, self.error = None, [], None
        self.has_begun = threading.Event()

    def run(self):
        try:
            self.receive()
        except OSError as error:
            self.error = str(error)
        self.has_begun.set()

    def receive(self):
        connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=600)
        body = json.dumps(self.body)
        self.sent = time.monotonic()
        connection.request("POST", "/v1/completions", body,
                           {"Content-Type": "application/json", "Connection": "close"})
        answer = connection.getresponse()
        if answer.status != 200:
            self.error = f"{answer.status} {answer.read().decode(errors='replace')[:200]}"
            return
        for line in answer:
            if line.startswith(b"data: {") and b'"choices"' in line and b'"choices":[]' not in line:
                self.times.append(time.monotonic())
                self.has_begun.set()


def gaps(streams, begin, end):
    """Between neighbouring tokens of a stream, where the gap overlaps the interval."""
    return sorted(later - earlier for stream in streams for earlier, later in zip(stream.times, stream.times[1:])
                  if later > begin and earlier < end)


def line(name, values):
    if not values:
        return f"{name}: none"
    p99 = values[min(len(values) - 1, int(0.99 * len(values)))]
    return (f"{name}: median {statistics.median(values) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, "
            f"largest {values[-1] * 1000:.0f} ms of {len(values)}")


def main():
    options = arguments()
    numbers = random.Random(options.seed)
    prompt = lambda count: [numbers.randrange(100, options.vocab_size) for _ in range(count)]
    streams = [Stream(options, prompt(16), options.stream_tokens) for _ in range(options.streams)]
    for stream in streams:
        stream.start()
    for stream in streams:
        stream.has_begun.wait()
    time.sleep(0.3)
    fields = {} if options.prompt_logprobs is None else {"prompt_logprobs": options.prompt_logprobs, "stream": False}
    text = prompt(options.prompt_tokens)
    for number in range(options.repeat):
        request = Stream(options, text, 1, **fields)
        request.start()
        request.join()
        end = request.times[0] if request.times else time.monotonic()
        if request.error or any(stream.error for stream in streams):
            raise SystemExit(f"failed: {request.error or [stream.error for stream in streams]}")
        running = sum(stream.is_alive() for stream in streams)
        print(f"prompt {number + 1}: {options.prompt_tokens} tokens, first token after {end - request.sent:.2f} s, "
              f"{running} streams still running")
        print(line("  gaps meanwhile", gaps(streams, request.sent, end)))
    for stream in streams:
        stream.join()
    print(line("all gaps", gaps(streams, 0, float("inf"))))


if __name__ == "__main__":
    main()
