"""Heap allocations that a generated token costs once everything has grown, within committed bounds."""
import os, pathlib, shutil, subprocess, sys, tempfile, unittest
from serving import BINARY, TINY, TINY_FLAGS

COMPILER = shutil.which("clang") or shutil.which("cc")
# (requests at once, allocations a token at most). What is measured stands in docs/performance.md.
BOUNDS = ((1, 12), (16, 3))
ITERATIONS = 10


@unittest.skipUnless(COMPILER and sys.platform == "linux", "needs Linux and a C compiler")
class AllocationTests(unittest.TestCase):
    def test_allocations_a_token(self):
        with tempfile.TemporaryDirectory() as folder:
            library, report = os.path.join(folder, "count.so"), os.path.join(folder, "count")
            source = pathlib.Path(__file__).with_name("count_allocations.c")
            subprocess.run([COMPILER, "-O2", "-shared", "-fPIC", str(source), "-o", library], check=True)

            def count(batch, length):
                environment = dict(os.environ, LD_PRELOAD=library, NEEDLETAIL_ALLOCATIONS=report)
                subprocess.run([BINARY, "bench", "latency", TINY, *TINY_FLAGS, "--batch-size", str(batch),
                                "--input-len", "8", "--output-len", str(length), "--num-iters", str(ITERATIONS),
                                "--num-iters-warmup", "1"], check=True, capture_output=True, timeout=60, env=environment)
                return int(pathlib.Path(report).read_text())

            for batch, bound in BOUNDS:
                # An iteration differs from the next by some fifty, whatever its length: many long ones tell the
                # tokens' own.
                short, long = 16, 240
                found = (count(batch, long) - count(batch, short)) / ((ITERATIONS + 1) * batch * (long - short))
                print(f"allocations a token, {batch} at once: {found:.1f}")
                self.assertLessEqual(found, bound)


if __name__ == "__main__":
    unittest.main()
