"""Every known way to hold up other clients, all at once, beside a client that only streams and asks for /health.

The bounds are several times what an idle machine shows (docs/performance.md), and a fraction of what each of these
requests cost others before it was dealt with: seconds.
"""
import time, unittest
from attacks import ATTACKS, describe, measure, prepare
from serving import Server

SHUTDOWN_TIMEOUT = 1


class AdversarialTests(unittest.TestCase):
    def test_nobody_else_is_held_up(self):
        with Server("--shutdown-timeout", str(SHUTDOWN_TIMEOUT)) as server:
            result = measure(server.port, list(ATTACKS))
            print(describe("all at once", result))
            status, _, answer = server.request("POST", "/v1/completions", {"prompt": "Hello", "max_tokens": 2})
            begin = time.monotonic()
            code = server.stop()
            stopped = time.monotonic() - begin
        self.assertEqual(status, 200, answer)
        self.assertEqual(code, 0)
        self.assertEqual(result.failures, [])
        self.assertLess(result.largest, max(2, 5 * result.median))
        self.assertLess(result.health_p99, 1)
        self.assertLess(stopped, SHUTDOWN_TIMEOUT + 4)
        self.assertEqual(set(result.statuses), set(ATTACKS))
        for name, statuses in result.statuses.items():
            self.assertLessEqual(set(statuses), {200, 400, 503, "TimeoutError"}, name)

    def test_shutdown_does_not_wait(self):
        """Neither for what is computed nor for what has yet to be read."""
        for delay in (1, 3):
            with self.subTest(delay=delay), Server("--shutdown-timeout", str(SHUTDOWN_TIMEOUT)) as server:
                attacker, _, start = prepare(server.port, list(ATTACKS), 15)
                time.sleep(2)
                start.set()
                time.sleep(delay)
                begin = time.monotonic()
                code = server.stop()
                stopped = time.monotonic() - begin
                attacker.kill()
                self.assertEqual(code, 0)
                self.assertLess(stopped, SHUTDOWN_TIMEOUT + 4)


if __name__ == "__main__":
    unittest.main()
