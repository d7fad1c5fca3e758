"""The command as a client of its own server, and what `serve` says at its start and of mistakes."""
import json, os, pathlib, pty, re, select, signal, socket, subprocess, tempfile, termios, threading, time, unittest
from serving import BINARY, Server, TINY, TINY_FLAGS


def run(*arguments, **options):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60, **options)


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, *arguments):
        primary, secondary = pty.openpty()
        # Else the terminal drops unread output at Ctrl-C, after the signal: a quick answer to it can get lost.
        modes = termios.tcgetattr(secondary)
        modes[3] |= termios.NOFLSH
        termios.tcsetattr(secondary, termios.TCSANOW, modes)
        self.file = primary
        self.process = subprocess.Popen([BINARY, *arguments], stdin=secondary, stdout=secondary, stderr=secondary,
                                        preexec_fn=self._take(secondary), close_fds=True)
        os.close(secondary)
        self.text = ""

    @staticmethod
    def _take(terminal):
        def take():
            import fcntl, termios
            os.setsid()
            fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        return take

    def type(self, text):
        self.text = ""
        os.write(self.file, text.encode())

    def wait(self, pattern):
        """Reads until the text since the last typing has the pattern."""
        deadline = time.time() + 60
        while not re.search(pattern, self.text):
            assert time.time() < deadline, self.text
            if select.select([self.file], [], [], 0.1)[0]:
                try:
                    self.text += os.read(self.file, 1 << 16).decode(errors="replace")
                except OSError:
                    raise AssertionError("the command ended: " + self.text)

    def end(self):
        """The exit code."""
        try:
            return self.process.wait(20)
        finally:
            self.process.kill()
            os.close(self.file)


class CommandLineTests(unittest.TestCase):
    def test_client_and_local_answers_are_equal(self):
        with Server() as server:
            for command, text in (("chat", "Name a bird."), ("complete", "The capital of France is")):
                flags = ["-q", text, "--temperature", "0", "--max-tokens", "8"]
                remote = run(command, "--url", server.base + "/v1", *flags)
                self.assertEqual((remote.returncode, remote.stderr), (0, ""))
                self.assertEqual(remote.stdout, run(command, *flags).stdout)

    def test_mistakes_end_in_one_line(self):
        with Server(*TINY_FLAGS, model=TINY) as server:
            for arguments in (["--port", str(server.port)], ["--port", "70000"], ["--nonsense"], ["--max-n", "0"],
                              ["--shutdown-timeout", "-1"]):
                result = run("serve", TINY, *TINY_FLAGS, *arguments)
                self.assertEqual(result.returncode, 2, arguments)
                self.assertTrue(result.stderr.splitlines()[-1].startswith("needletail: "), result.stderr)
        self.assertEqual(run("serve", "/does/not/exist").returncode, 2)

    def test_quiet_after_the_start(self):
        for flags, lines in (((), 0), (("--log-requests",), 5)):
            with Server(*TINY_FLAGS, *flags, model=TINY) as server:
                before = server.log.splitlines()
                self.assertTrue(any(server.base in line for line in before))
                for _ in range(5):
                    server.complete(prompt=[5], max_tokens=1)
                self.assertEqual(len([line for line in server.log.splitlines() if "/v1/completions" in line]), lines)

    def test_interrupt_ends_the_answer_and_at_the_prompt_the_program(self):
        with Server() as server:
            for source in ([], ["--url", server.base + "/v1"]):
                terminal = Terminal("chat", *source, "--temperature", "0", "--max-tokens", "4000")
                terminal.wait("> ")
                terminal.type("Write a very long story about a bird.\n")
                terminal.wait(r"bird\.\r\n[^\r\n]*\S+\s+\S+")
                terminal.type("\x03")
                terminal.wait("> ")
                self.assertIsNone(terminal.process.poll())
                # The conversation goes on.
                terminal.type("/reset\n")
                terminal.wait("> ")
                terminal.type("\x03")
                self.assertEqual(terminal.end(), 130)
            deadline = time.time() + 20
            while not server.is_idle():
                self.assertLess(time.time(), deadline)
                time.sleep(0.1)

    def test_an_interrupted_answer_stays_in_the_conversation(self):
        import http.server
        seen, gate = [], threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                seen.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"])
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                self.wfile.write(b'data: {"choices": [{"delta": {"content": "half an"}}]}\n\n')
                self.wfile.flush()
                if len(seen) == 1:
                    gate.wait(30)
                else:
                    self.wfile.write(b"data: [DONE]\n\n")

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        terminal = Terminal("chat", "--url", f"http://127.0.0.1:{server.server_port}/v1", "--model-name", "m")
        terminal.wait("> ")
        terminal.type("one\n")
        terminal.wait("half an")
        terminal.type("\x03")
        terminal.wait("> ")
        terminal.type("two\n")
        terminal.wait("half an\r\n> ")
        terminal.type("\x04")
        self.assertEqual(terminal.end(), 0)
        gate.set()
        server.shutdown()
        self.assertEqual([m["content"] for m in seen[1]], ["one", "half an", "two"])

    def test_pipes_and_devices_are_read_and_written_as_files(self):
        lines = "".join(json.dumps({"custom_id": str(i), "method": "POST", "url": "/v1/completions",
                                    "body": {"prompt": [5 + i], "max_tokens": 2}}) + "\n" for i in range(3))
        flags = [TINY, *TINY_FLAGS]
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder, "config.yaml")
            config.write_text("max-num-seqs: 2\n")

            def ids(text):
                return sorted(json.loads(line)["custom_id"] for line in text.splitlines())

            piped = run("run-batch", "-i", "/dev/stdin", "-o", "/dev/stdout", *flags, input=lines)
            self.assertEqual((piped.returncode, ids(piped.stdout)), (0, ["0", "1", "2"]), piped.stderr)
            template = "--chat-template <(echo '{{ messages }}') --config <(cat " + str(config) + ")"
            shell = subprocess.run(
                ["bash", "-c", f'"$0" run-batch -i <(cat) -o >(cat) {template} "$@"; wait', BINARY, *flags],
                input=lines, capture_output=True, text=True, timeout=60)
            self.assertEqual(ids(shell.stdout), ["0", "1", "2"], shell.stderr)
            fifos = [os.path.join(folder, name) for name in ("in", "out")]
            for fifo in fifos:
                os.mkfifo(fifo)
            command = subprocess.Popen([BINARY, "run-batch", "-i", fifos[0], "-o", fifos[1], *flags],
                                       stderr=subprocess.DEVNULL)
            pathlib.Path(fifos[0]).write_text(lines)
            self.assertEqual(ids(pathlib.Path(fifos[1]).read_text()), ["0", "1", "2"])
            self.assertEqual(command.wait(60), 0)
            self.assertTrue(all(pathlib.Path(fifo).is_fifo() for fifo in fifos))
            # A socket cannot be opened by its name.
            ours, theirs = socket.socketpair()
            command = subprocess.Popen([BINARY, "run-batch", "-i", "/dev/stdin", "-o", "/dev/fd/1", *flags],
                                       stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL)
            theirs.close()
            ours.sendall(lines.encode())
            ours.shutdown(socket.SHUT_WR)
            text = b""
            while chunk := ours.recv(1 << 16):
                text += chunk
            ours.close()
            self.assertEqual((command.wait(60), ids(text.decode())), (0, ["0", "1", "2"]))

    def test_errors_of_files_and_hosts_are_one_line_with_the_reason(self):
        for arguments, environment, expected in (
            (["pull"], {"NEEDLETAIL_CACHE": "/dev/null/x"}, "/dev/null/x: Not a directory; set NEEDLETAIL_CACHE to"),
            (["pull"], {"XDG_CACHE_HOME": "/proc"}, "; set NEEDLETAIL_CACHE to"),
            (["run-batch", "-i", "/nope", "-o", "/dev/null"], {},
             "--input-file: cannot read '/nope': No such file or directory"),
            (["run-batch", "-i", "/", "-o", "/dev/null"], {}, "--input-file: cannot read '/': Is a directory"),
            (["chat", "-q", "x", "--url", "http://127.0.0.1:1"], {}, ": Connection refused"),
            (["serve", TINY, *TINY_FLAGS, "--host", "no.invalid"], {}, "--host, --port: cannot listen on no.invalid:8000"),
            (["serve", TINY, *TINY_FLAGS, "--host", "2001:db8::1"], {}, "cannot listen on [2001:db8::1]:8000"),
            (["serve", TINY, *TINY_FLAGS, "--ssl-certfile", "/nope", "--ssl-keyfile", "/nope"], {},
             "cannot read /nope: No such file or directory"),
        ):
            result = run(*arguments, env={**os.environ, **environment})
            last = result.stderr.splitlines()[-1]
            self.assertEqual(result.returncode, 2, arguments)
            self.assertTrue(last.startswith("needletail: ") and expected in last, result.stderr)
            self.assertNotRegex(last, r"\w+Error|errno|Optional|NSURL")

    def test_built_in_models_are_listed_with_their_place(self):
        with tempfile.TemporaryDirectory() as cache:
            environment = {**os.environ, "NEEDLETAIL_CACHE": cache}
            pathlib.Path(cache, "gemma3-270m-q4_k_m.gguf").write_bytes(b"x")
            models = json.loads(run("models", "--json", env=environment).stdout)
            self.assertEqual({m["name"]: m["path"] for m in models if m["path"]},
                             {"gemma3-270m": cache + "/gemma3-270m-q4_k_m.gguf"})
            table = run("models", env=environment).stdout.splitlines()
            self.assertEqual([line.split()[0] for line in table], ["name"] + [m["name"] for m in models])
            self.assertEqual(run("pull", "gemma3-270m", env=environment).stdout, models[3]["path"] + "\n")

    def test_a_model_without_a_chat_template_cannot_chat(self):
        model = TINY + "/../../gguf/llama-q4_0.gguf"
        for words in (["-q", "x"], []):
            result = run("chat", model, *words, input="")
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertIn("has no chat template: continue texts with `needletail complete`", result.stderr)
            self.assertEqual(len(result.stderr.splitlines()), 1)

    def test_a_chat_template_is_a_file_a_text_or_a_name(self):
        model = TINY + "/../../gguf/llama-q4_0.gguf"

        def chat(template):
            return run("chat", model, "-q", "x", "--chat-template", template, "--max-tokens", "1")

        self.assertEqual(chat("{{ messages[0].content }}").returncode, 0)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "template")
            path.write_text("{{ messages[0].content }}")
            self.assertEqual(chat(str(path)).returncode, 0)
            path.write_text("a\n{% if x %}")
            for command in (["chat", "-q", "x"], ["serve", "--port", "0"]):
                broken = run(command[0], model, *command[1:], "--chat-template", str(path))
                self.assertEqual((broken.returncode, len(broken.stderr.splitlines())), (2, 1), broken.stderr)
                self.assertIn("--chat-template: unexpected end of template, expected elif or else or endif "
                              "(template line 2, column 11)", broken.stderr)
        for template, expected in (
            ("/nope", "--chat-template: cannot read '/nope': No such file or directory"),
            ("rag", "--chat-template: 'rag' is neither a file nor a template of the model, which has none"),
        ):
            result = chat(template)
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertIn(expected, result.stderr)

    def test_loading_flags_are_the_same_in_every_command(self):
        line = json.dumps({"custom_id": "1", "method": "POST", "url": "/v1/completions", "body": {"prompt": [5]}})
        commands = (["complete", TINY, "-q", "x"], ["chat", TINY, "-q", "x"], ["serve", TINY],
                    ["run-batch", TINY, "-i", "/dev/stdin", "-o", "/dev/null"], ["bench", "latency", TINY],
                    ["bench", "throughput", TINY])
        for command in commands:
            for flags, expected in (
                (["--hf-overrides", '{"rope_thet": 1}', "--skip-tokenizer-init"],
                 "--hf-overrides: rope_thet: the model does not read such a setting"),
                (["--revision", "main"], f"--revision main: expected a hub id (organisation/name), found '{TINY}'"),
                (["--tokenizer", "/nope"], "--tokenizer: model '/nope': expected a folder or a .gguf file"),
                (["--trust-remote-code", "--max-model-len", "1k", "--skip-tokenizer-init"],
                 "--max-model-len: must be at most the model's 256, got 1000"),
            ):
                result = run(*command, *flags, input=line)
                self.assertEqual(result.returncode, 2, command)
                self.assertIn(expected, result.stderr.splitlines()[-1])
                trusts = result.stderr.count("code that comes with a model is never run")
                self.assertEqual(trusts, "--trust-remote-code" in flags, command)

    def test_ipv6_host(self):
        for host in ("::1", "[::1]"):
            command = [BINARY, "serve", TINY, *TINY_FLAGS, "--host", host, "--port", "0"]
            process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
            try:
                line = next(line for line in process.stderr if "listening on" in line)
                url = re.search(r"http://\[::1\]:\d+", line)
                self.assertTrue(url, line)
                answer = run("bench", "serve", "--host", host, "--port", url[0].rsplit(":")[-1], "--num-prompts", "1",
                             "--random-input-len", "4", "--random-output-len", "2")
                self.assertEqual(answer.returncode, 0, answer.stderr)
            finally:
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=30)


if __name__ == "__main__":
    unittest.main()
