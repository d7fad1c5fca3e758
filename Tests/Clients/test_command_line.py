"""The command as a client of its own server, and what `serve` says at its start and of mistakes."""
import subprocess, unittest
from serving import BINARY, Server, TINY, TINY_FLAGS


def run(*arguments):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60)


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


if __name__ == "__main__":
    unittest.main()
