#!/usr/bin/env python3
"""Compares our tokens with llama.cpp's test vectors (ggml-vocab-*.gguf with .inp and .out, in its folder `models`).

    llama_vocabularies.py FOLDER [--needletail .build/release/needletail]

Prints a line per vocabulary and exits with 1 if a text of a supported kind differs. NEEDLETAIL_TEST_VOCABULARIES=FOLDER
swift test ... --filter LlamaVocabularyTests checks the same.
"""
import argparse, json, pathlib, subprocess, sys

SEPARATOR = "\n__ggml_vocab_test__\n"


def compare(needletail, path):
    """(number of equal texts, number of texts, the reason why there is no comparison)"""
    inputs = pathlib.Path(f"{path}.inp")
    if not inputs.exists():
        return 0, 0, "llama.cpp has no test vectors for it"
    texts = inputs.read_bytes().decode().split(SEPARATOR)
    expected = [[int(word) for word in line.split()] for line in pathlib.Path(f"{path}.out").read_text().split("\n")]
    texts = texts[:-1] if not texts[-1] else texts
    run = subprocess.run([needletail, "debug", "tokenize", "--no-special-tokens", path], input=json.dumps(texts),
                         capture_output=True, text=True)
    if run.returncode:
        return 0, len(texts), run.stderr.strip()
    found = json.loads(run.stdout)
    for text, ours, theirs in zip(texts, found, expected):
        if ours != theirs:
            print(f"  {text!r}\n    ours   {ours}\n    theirs {theirs}")
    return sum(ours == theirs for ours, theirs in zip(found, expected)), len(texts), None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--needletail", default=".build/release/needletail")
    arguments = parser.parse_args()
    equal = total = 0
    for path in sorted(arguments.folder.glob("ggml-vocab-*.gguf")):
        good, count, reason = compare(arguments.needletail, path)
        name = path.name.removeprefix("ggml-vocab-").removesuffix(".gguf")
        print(f"{name:20} {f'{good} of {count}' if reason is None else 'not compared: ' + reason}")
        if reason is None:
            equal, total = equal + good, total + count
    print(f"{equal} of {total} texts have llama.cpp's tokens")
    sys.exit(equal != total or not total)


main()
