#!/usr/bin/env python3
"""The words into which llama.cpp splits texts, for every pre-tokenizer that it knows by name.

    pre_tokenizers.py LLAMA_CPP --out Tests/Fixtures/tokenizers/pre_tokenizers.json

LLAMA_CPP is a source tree. The names and the regular expressions are taken from src/llama-vocab.cpp, and a small program
around its src/unicode.cpp splits the texts. Needs a C++17 compiler (CXX, default c++). Where llama.cpp only approaches
the pattern of the model's own tokenizer (OWN), the package `regex` splits the texts with that pattern, and `own` has
the texts that differ.
"""
import argparse, json, os, pathlib, re, subprocess, sys, tempfile

import regex

TEXTS = [
    " ", "   ", "Hello world", "  two  spaces ", "I'm you're he'll she'd we've IT'S DON'T WE'LL o'clock",
    "'tis ’curly’ “double” — dash…", "1", "12", "123", "1234", "1234567", "12345678901 98765", "3.14159 -42 +1,234,567.89",
    "v1.2.3-rc.4+build5 0xDEADBEEF 7up abc123def", "٠١٢٣٤ ०१२३४५ Ⅷ ½ ²", "１２３ＡＢＣ",
    "def f(x: int) -> int:\n    return x ** 2\n", "if (a && b || !c) { x += 1; }\n\t\treturn;\n", "https://example.com/a/b?c=d&e=f#g",
    "snake_case camelCase PascalCase kebab-case HTTPServer iOSApp", "x\n\n\ny\r\n\r\nz \n \n w", "tail   ", "tail \n", "tail\n  ",
    "\t\ttabs\there\t", "a\u00a0b\u2009c\u3000d\u2028e\u0085f", "!!!???...,,, ;;; ---===***", "$5 €100 £7 50% ±3 ×4 ÷2 ^~`|<>",
    "Zwölf Boxkämpfer ÄÖÜ straße ẞ", "Привет, мир! Как дела?", "Γειά σου Κόσμε ς σ Σ", "İstanbul ıI ǅ ǆ Ǆ",
    "你好，世界！我爱自然语言处理。123个苹果", "中文English混排テスト한국어text", "今日はいい天気ですね。カタカナ ｶﾀｶﾅ", "안녕하세요 세계 ㅎㅎㅎ",
    "مرحبا بالعالم السَّلامُ", "שלום עולם שָׁלוֹם", "नमस्ते दुनिया क्षत्रिय", "สวัสดีชาวโลก ภาษาไทย", "தமிழ் မြန်မာ ខ្មែរ ລາວ", "e\u0301 n\u0303o a\u0300\u0301b",
    "😀😃 a😀b 👍🏽 👨‍👩‍👧 🇫🇷 ❤️", "∀x∈ℝ → ⇒ ✓ ™ ©", "a.b,c!d?e…f。g，h、i।j۔k،l (m) |n|", "<sentinel:12> IMGIMGABCZ IMGIMGZ",
    "U.S.A. e.g. Mr. Smith's dog's", "ﬁ ﬂ ｆｕｌｌ", "a\u200bb\u200cc\u200dd\ufeff", "\x00\x01\x7f", "々〇〻 ⺀⼀ 豈更", "word/word\\word //comment\n//next",
    "/n/n \n/x ///\n/", "     x      y", "𝓗𝓮𝓵𝓵𝓸 𐍈𐌰 𐲀𐳀", "\ue000\uf8ff", "(( )) [[ ]] {{ }}", "ㄅㄆㄇ ︰︱ ﹏",
    "A1b2C3 x²y³ 3rd 21st", "don't CAN'T y'all're 'S 's'S", "\n\n text", "…… —— ””",
]

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
SPACE = r"\s*[\r\n]+|\s+(?!\S)|\s+"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"


def cased(contraction, numbers):
    start = r"[^\r\n\p{L}\p{N}]?"
    return "|".join([f"{start}{UPPER}*{LOWER}+{contraction}", f"{start}{UPPER}+{LOWER}*{contraction}", numbers,
                     r" ?[^\s\p{L}\p{N}]+[\r\n/]*", SPACE])


GPT4O = cased(CONTRACTION + "?", r"\p{N}{1,3}")
NOT_HAN = [f"{letters[:-1]}&&[^\\p{{Han}}]]" for letters in (UPPER, LOWER)]
EAST_ASIAN = "[一-龥ࠀ-一가-퟿]+"
# The patterns of the models' own tokenizers, applied one after the other with matches isolated.
OWN = {
    "GPT4O": [GPT4O], "MINIMAX_M2": [GPT4O], "TEKKEN": [cased("", r"\p{N}")],
    # The digits are grouped from the right.
    "TINY_AYA": [r"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))", GPT4O],
    "YOUTU": ["[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+", cased(CONTRACTION + "?", r"\p{N}")],
    "KIMI_K2": ["|".join([
        r"[\p{Han}]+", rf"[^\r\n\p{{L}}\p{{N}}]?{NOT_HAN[0]}*{NOT_HAN[1]}+{CONTRACTION}?",
        rf"[^\r\n\p{{L}}\p{{N}}]?{NOT_HAN[0]}+{NOT_HAN[1]}*{CONTRACTION}?", r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n]*", SPACE])],
    # As in the published vectors, other digits than ASCII's stay with their neighbours.
    "SMOLLM": ["[0-9]", GPT2],
    # In llama.cpp, digits here are ASCII's.
    "SUPERBPE": [r"\p{N}+", r"(?=(\d{3})+(?!\d))"],
    "DEEPSEEK_CODER": [r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", EAST_ASIAN, r"\p{N}"],
}
# llama.cpp lists the letters of DeepSeek's first tokenizer, as the tokenizer does.
OWN_FROM_SOURCE = {"DEEPSEEK_LLM"}

PROGRAM = r"""
#include "unicode.h"
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>
enum pre { %(types)s };
static bool split(int type, std::vector<std::string> & regex_exprs) {
    bool byte_encode = true;
    switch (type) {
%(cases)s
    }
    return byte_encode;
}
static std::string read() {
    uint32_t n = 0; std::cin.read((char *) &n, 4); std::string s(n, 0); std::cin.read(&s[0], n); return s;
}
int main() {
    uint32_t count = 0; std::cin.read((char *) &count, 4);
    std::vector<std::string> texts;
    for (uint32_t i = 0; i < count; i++) texts.push_back(read());
    for (int type = 0; type < %(count)d; type++) {
        std::vector<std::string> exprs;
        split(type, exprs);
        for (auto & text : texts) {
            std::cout << type;
            // Not in GPT-2's byte alphabet, so that the lengths are those of the text.
            try {
                for (auto & word : unicode_regex_split(text, exprs, false)) {
                    if (!word.empty()) std::cout << ' ' << word.size();
                }
            } catch (const std::exception & error) {
                std::cout << " failed: " << error.what();
            }
            std::cout << '\n';
        }
    }
}
"""


def known(source):
    """Pre-tokenizer names by type, and the source of the type's regular expressions."""
    text = (source / "src/llama-vocab.cpp").read_text()
    names, block = {}, text[text.index('tokenizer_pre == "default"'):]
    block = block[:block.index("unknown pre-tokenizer type")]
    pending = []
    for name, kind in re.findall(r'tokenizer_pre == "([^"]+)"|pre_type = LLAMA_VOCAB_PRE_TYPE_(\w+);', block):
        if name:
            pending.append(name)
        else:
            names.setdefault(kind, []).extend(pending)
            pending = []
    switch = text[text.index("switch (vocab.get_pre_type()) {") + len("switch (vocab.get_pre_type()) {"):]
    switch = switch[:switch.index("std::vector<std::string> regex_exprs;")]
    switch = switch[:switch.rindex("}")]
    return names, switch[:switch.rindex("}")]


def run(source, types, cases):
    with tempfile.TemporaryDirectory() as folder:
        main = pathlib.Path(folder, "main.cpp")
        names = [f"LLAMA_VOCAB_PRE_TYPE_{kind}" for kind in types]
        # DEFAULT has no case of its own, but `default:`.
        main.write_text(PROGRAM % {"types": ", ".join(names), "cases": cases, "count": len(names)})
        binary = str(pathlib.Path(folder, "split"))
        subprocess.run([os.environ.get("CXX", "c++"), "-O1", "-std=c++17", "-I", source / "src", "-I", source / "include", "-I",
                        source / "ggml/include", main, source / "src/unicode.cpp", source / "src/unicode-data.cpp", "-o", binary], check=True)
        data = [text.encode() for text in TEXTS]
        packed = len(data).to_bytes(4, "little") + b"".join(len(text).to_bytes(4, "little") + text for text in data)
        lines = subprocess.run([binary], input=packed, capture_output=True, check=True).stdout.decode().splitlines()
    rows = {}
    for line in lines:
        if "failed" in line:
            sys.exit(f"{types[int(line.split()[0])]}: {line}")
        kind, *lengths = map(int, line.split())
        rows.setdefault(types[kind], []).append(lengths)
    return rows


def split(text, patterns):
    """The lengths of the words in bytes."""
    words = [text]
    for pattern in patterns:
        parts = []
        for word in words:
            end = 0
            for match in regex.finditer(pattern, word, flags=regex.V1):
                parts += [word[end:match.start()], match.group()]
                end = match.end()
            parts.append(word[end:])
        words = [part for part in parts if part]
    return [len(word.encode()) for word in words]


def own_patterns(cases):
    """The patterns of OWN, and those of OWN_FROM_SOURCE as the C++ source has them."""
    patterns = dict(OWN)
    for kind in OWN_FROM_SOURCE:
        block = cases[cases.index(f"case LLAMA_VOCAB_PRE_TYPE_{kind}:"):]
        literals = re.findall(r'^ +("(?:[^"\\\n]|\\.)*"),$', block[:block.index("break;")], flags=re.M)
        patterns[kind] = [json.loads(literal) for literal in literals if "\\\\s+$" not in literal]
    return patterns


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    names, cases = known(arguments.source)
    rows = run(arguments.source, list(names), cases)
    for kind, lengths in rows.items():
        assert all(sum(row) == len(text.encode()) for row, text in zip(lengths, TEXTS)), kind
    patterns, groups = own_patterns(cases), []
    for kind in names:
        group = {"names": names[kind], "lengths": rows[kind]}
        own = [split(text, patterns[kind]) for text in TEXTS] if kind in patterns else rows[kind]
        if own != rows[kind]:
            group["own"] = {str(i): row for i, (row, other) in enumerate(zip(own, rows[kind])) if row != other}
            print(f"{', '.join(names[kind])}: {len(group['own'])} texts as in the model's own tokenizer")
        groups.append("    " + json.dumps(group, separators=(",", ":")))
    groups = ",\n".join(groups)
    arguments.out.write_text('{\n  "texts": ' + json.dumps(TEXTS, separators=(",", ":")) + ',\n  "groups": [\n' + groups + "\n  ]\n}\n")
    print(f"{sum(map(len, names.values()))} names, {len(names)} types, {len(TEXTS)} texts")


main()
