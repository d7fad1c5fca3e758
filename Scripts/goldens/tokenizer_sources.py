#!/usr/bin/env python3
"""Small tokenizers in every form but tokenizer.json, with what their own libraries make of a list of texts.

    tokenizer_sources.py --out Tests/Fixtures/tokenizers/sources [--fixtures Tests/Fixtures/tokenizers]

Trains three SentencePiece models, rewrites the byte-level fixtures as tiktoken, tekken and vocab.json files, and runs
sentencepiece, transformers, tiktoken and mistral-common on them. The training text is that of fx_tokenizers.py.
"""
import argparse, base64, io, json, pathlib, shutil, tempfile, unicodedata

import fx_tokenizers as fx
import sentencepiece
import tiktoken
from transformers import AutoTokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

KIMI_RE = "|".join([
    r"[\p{Han}]+",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+"])
CL100K_RE = r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
TEKKEN_RE = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"

EXTRA = ["  two  spaces ", " ▁ mark▁▁", "<tool> a<tool>--- b", "a</s>b</s> c", "<s>x", "<extra> y<other>z", "x<mask> y", "中文Han混じりtext日本",
         "tail  \n  ", "tail \n", "WE'LL don'T", "aaa aaaa aaaaa aaaaaa", "<bos>hi<eos>", "<|im_start|>user\nhi<|im_end|>", "[INST] hi [/INST]", "\n\n\nend"]


def train(name, out, **options):
    lines = [line for text in fx.corpus(0) for line in text.split("\n") if line.strip()]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="bpe", max_sentence_length=100000, num_threads=1,
        minloglevel=2, split_digits=True, **options)
    (out / name).write_bytes(model.getvalue())


def byte_vocabulary(fixtures, name):
    data = json.loads((fixtures / name / "tokenizer.json").read_text())
    decoder = {character: byte for byte, character in bytes_to_unicode().items()}
    tokens = sorted(data["model"]["vocab"].items(), key=lambda item: item[1])
    assert [rank for _, rank in tokens] == list(range(len(tokens)))
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in data["model"]["merges"]]
    return [token for token, _ in tokens], [bytes(decoder[c] for c in token) for token, _ in tokens], merges


class Writer:
    def __init__(self, out, texts):
        self.out, self.texts, self.cases = out, texts, []

    def add(self, name, file, reference, encode, decode, files=None, texts=None, target=None):
        """`encode(text, special)`: ids; `decode(ids)`: text without special tokens. `texts`: those that are compared.
        `target`: the vocabulary's name in a folder."""
        rows = []
        for index, text in enumerate(self.texts):
            if texts is not None and not texts(text):
                continue
            ids, full = encode(text, False), encode(text, True)
            row = {"text": index, "ids": ids}
            if full != ids:
                row["special"] = full
            decoded = decode(full)
            if decoded != text:
                row["decoded"] = decoded
            rows.append(row)
        target = target or ("tokenizer.model" if file.endswith(".model") else file.split("/")[-1])
        self.cases.append({"name": name, "file": file, "target": target, "reference": reference, "files": files or {}, "rows": rows})
        print(f"{name:32} {len(rows):4} texts, {sum(len(r['ids']) for r in rows)} ids")

    def transformers(self, name, file, config=None, model_type=None, **files):
        """A folder with the file and configurations, read by AutoTokenizer."""
        files = {key.replace("__", "."): value for key, value in files.items()}
        if config is not None:
            files["tokenizer_config.json"] = config
        if model_type:
            files["config.json"] = {"model_type": model_type}
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            target = file.split("/")[-1]
            target = "tokenizer.model" if target.endswith(".model") else target
            shutil.copy(self.out / file, folder / target)
            if target == "vocab.json":
                shutil.copy(self.out / file.replace("vocab.json", "merges.txt"), folder / "merges.txt")
            for key, value in files.items():
                (folder / key).write_text(json.dumps(value))
            tokenizer = AutoTokenizer.from_pretrained(folder)
            self.add(name, file, f"transformers {type(tokenizer).__name__}",
                     lambda text, special: tokenizer.encode(text, add_special_tokens=special),
                     lambda ids: tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False),
                     files=files)

    def dump(self):
        body = ",\n".join("    " + json.dumps(case, separators=(",", ":"), sort_keys=True) for case in self.cases)
        texts = json.dumps(self.texts, separators=(",", ":"))
        (self.out / "sources.json").write_text('{\n  "texts": ' + texts + ',\n  "cases": [\n' + body + "\n  ]\n}\n")


def sentencepiece_cases(out, writer):
    common = dict(normalization_rule_name="identity", vocab_size=1800, character_coverage=0.99)
    train("identity.model", out, byte_fallback=True, remove_extra_whitespaces=False, **common)
    train("spaces.model", out, byte_fallback=False, remove_extra_whitespaces=True, control_symbols=["<ctl>"],
          user_defined_symbols=["<tool>", "--", "▁▁▁"], **common)
    train("gemma.model", out, byte_fallback=True, remove_extra_whitespaces=False, add_dummy_prefix=False, pad_id=0, eos_id=1,
          bos_id=2, unk_id=3, pad_piece="<pad>", eos_piece="<eos>", bos_piece="<bos>",
          user_defined_symbols=["<mask>", "\n\n", "▁▁", "<start_of_turn>"], **common)
    llama = {"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    writer.transformers("llama", "identity.model", {**llama, "legacy": False, "add_bos_token": True})
    writer.transformers("llama-legacy", "identity.model", {**llama, "legacy": True, "add_bos_token": True, "add_eos_token": True})
    writer.transformers("llama-no-prefix", "identity.model", {**llama, "add_prefix_space": False, "add_bos_token": True})
    writer.transformers("llama-user-defined", "spaces.model", {**llama, "legacy": False})
    added = {"1800": {"content": "<extra>", "special": True, "lstrip": True, "rstrip": False, "normalized": False, "single_word": False},
             "1801": {"content": "<other>", "special": False, "lstrip": False, "rstrip": True, "normalized": False, "single_word": False}}
    writer.transformers("llama-added", "identity.model", {**llama, "legacy": True, "added_tokens_decoder": added})
    writer.transformers("llama-added-tokens-json", "identity.model", {**llama, "legacy": True}, added_tokens__json={"<extra>": 1800, "<other>": 1801},
                        special_tokens_map__json={"eos_token": "<extra>", "bos_token": {"content": "<s>", "lstrip": False, "rstrip": False, "normalized": False, "single_word": False}})
    writer.transformers("code-llama", "identity.model", {"tokenizer_class": "CodeLlamaTokenizer"})
    writer.transformers("generic", "identity.model")
    writer.transformers("generic-mistral", "identity.model", {**llama, "legacy": False, "add_bos_token": True}, "mistral")
    writer.transformers("generic-spaces", "spaces.model", {"add_bos_token": True})
    for name in ("identity", "spaces", "gemma"):
        processor = sentencepiece.SentencePieceProcessor(model_file=str(out / f"{name}.model"))
        special = [processor.id_to_piece(i) for i in range(processor.get_piece_size()) if processor.is_control(i) or processor.is_unknown(i)]
        # transformers and SentencePiece decode an unknown token differently, and only the latter strips a written mark.
        writer.add(f"processor-{name}", f"{name}.model", "sentencepiece", lambda text, _: processor.encode(text),
                   lambda ids: processor.decode(ids),
                   texts=lambda text: not any(s in text for s in special) and not (name == "spaces" and "▁" in text) and processor.unk_id() not in processor.encode(text))


    # transformers 5 merges runs of spaces pair by pair, unlike SentencePiece and the tokenizer.json that Gemma has.
    writer.add("gemma", "gemma.model", "sentencepiece", lambda text, full: ([processor.bos_id()] if full else []) + processor.encode(text),
               lambda ids: processor.decode([i for i in ids if i != processor.piece_to_id("<mask>")]),
               files={"tokenizer_config.json": {"tokenizer_class": "GemmaTokenizer", "add_bos_token": True}},
               texts=lambda text: not any(s in text for s in special))


def rank_cases(out, writer, fixtures):
    _, tokens, _ = byte_vocabulary(fixtures, "bytebpe-llama3")
    lines = b"".join(base64.b64encode(token) + b" " + str(rank).encode() + b"\n" for rank, token in enumerate(tokens))
    (out / "ranks.tiktoken").write_bytes(lines)
    ranks = {token: rank for rank, token in enumerate(tokens)}

    def add(name, pattern, special, files, normalize=lambda text: text, target=None):
        encoding = tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens=special)
        values = set(special.values())
        writer.add(name, "ranks.tiktoken", "tiktoken",
                   lambda text, _: encoding.encode(normalize(text), allowed_special="all"),
                   lambda ids: encoding.decode([i for i in ids if i not in values]), files=files, target=target)

    size = len(tokens)
    reserved = lambda numbers: [f"<|reserved_special_token_{n}|>" for n in numbers]
    names = (["<|begin_of_text|>", "<|end_of_text|>"] + reserved(range(4)) + ["<|start_header_id|>", "<|end_header_id|>"]
             + reserved([4]) + ["<|eot_id|>"] + reserved(range(5, 251)))
    add("tiktoken-llama3", fx.LLAMA3_RE, {name: size + i for i, name in enumerate(names)}, {"config.json": {"model_type": "llama"}})
    names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + [f"<|extra_{i}|>" for i in range(205)]
    add("tiktoken-qwen", fx.QWEN2_RE, {name: size + i for i, name in enumerate(names)},
        {"tokenizer_config.json": {"tokenizer_class": "QWenTokenizer"}}, normalize=lambda text: unicodedata.normalize("NFC", text))
    added = {size: "[BOS]", size + 1: "[EOS]", size + 2: "<|im_end|>", size + 3: "<|im_start|>"}
    names = [added.get(i, f"<|reserved_token_{i}|>") for i in range(size, size + 256)]
    add("tiktoken-kimi", KIMI_RE, {name: size + i for i, name in enumerate(names)},
        {"tokenizer_config.json": {"tokenizer_class": "TikTokenTokenizer", "added_tokens_decoder": {
            str(i): {"content": name, "special": True} for i, name in added.items()}}})
    # The same pattern without possessive quantifiers and `$`.
    plain = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+(?![\s\S])|\s*[\r\n]|\s+(?!\S)|\s"
    add("tiktoken-pattern", CL100K_RE, {}, {"tokenizer_config.json": {"pat_str": plain}})
    add("tiktoken-cl100k", CL100K_RE, {}, {}, target="cl100k_base.tiktoken")


def tekken_cases(out, writer, fixtures):
    from mistral_common.tokens.tokenizers.tekken import SpecialTokenPolicy, Tekkenizer
    _, tokens, _ = byte_vocabulary(fixtures, "bytebpe-qwen2")
    # The format wants the bytes first, in order.
    tokens = sorted(tokens[:256]) + tokens[256:]
    vocab = [{"rank": rank, "token_bytes": base64.b64encode(token).decode(), "token_str": None}
             for rank, token in enumerate(tokens)]
    config = {"pattern": TEKKEN_RE, "num_vocab_tokens": len(tokens), "default_vocab_size": 1000, "default_num_special_tokens": 30, "version": "v7"}
    names = [token["token_str"] for token in Tekkenizer.DEPRECATED_SPECIAL_TOKENS]
    names = [getattr(name, "value", name) for name in names]
    special = [{"rank": rank, "token_str": name, "is_control": True} for rank, name in enumerate(names)]
    for name, data in (("tekken.json", {"config": config, "vocab": vocab, "special_tokens": special}),
                       ("tekken-old.json", {"config": {**config, "version": "v3"}, "vocab": vocab})):
        (out / name).write_text(json.dumps(data, separators=(",", ":")))
        tekken = Tekkenizer.from_file(out / name)
        fillers = [f"<SPECIAL_{i}>" for i in range(len(names), 30)]
        writer.add(name.removesuffix(".json"), name, "mistral-common",
                   lambda text, full: tekken.encode(text, bos=full, eos=False),
                   lambda ids: tekken.decode(ids, special_token_policy=SpecialTokenPolicy.IGNORE),
                   texts=lambda text: not any(s in text for s in names + fillers), target="tekken.json")


def vocabulary_cases(out, writer, fixtures):
    for fixture, name, special in (("bytebpe-gpt2", "gpt2", ["<|endoftext|>", "</s>"]),
                                   ("bytebpe-roberta-prefix", "roberta", ["<s>", "<pad>", "</s>", "<unk>", "<mask>"])):
        tokens, _, merges = byte_vocabulary(fixtures, fixture)
        (out / name).mkdir(exist_ok=True)
        (out / name / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens + special)}, ensure_ascii=False, separators=(",", ":")))
        (out / name / "merges.txt").write_text("#version: 0.2\n" + "".join(merge + "\n" for merge in merges))
    writer.transformers("vocab-gpt2", "gpt2/vocab.json", {"tokenizer_class": "GPT2Tokenizer"})
    writer.transformers("vocab-opt", "gpt2/vocab.json", {"tokenizer_class": "GPT2TokenizerFast", "add_bos_token": True, "bos_token": "</s>"})
    writer.transformers("vocab-space", "gpt2/vocab.json", {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True})
    writer.transformers("vocab-qwen2", "gpt2/vocab.json", model_type="qwen2", added_tokens__json={"<extra>": 1402, "<|im_start|>": 1403},
                        special_tokens_map__json={"additional_special_tokens": ["<|im_start|>"], "eos_token": "<|endoftext|>"})
    mask = {"__type": "AddedToken", "content": "<mask>", "lstrip": True, "normalized": False, "rstrip": False, "single_word": False}
    writer.transformers("vocab-roberta", "roberta/vocab.json", {"tokenizer_class": "RobertaTokenizer", "mask_token": mask})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--fixtures", default="Tests/Fixtures/tokenizers", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    writer = Writer(arguments.out, list(dict.fromkeys(fx.STRINGS[::3] + fx.extra_strings(1, 10) + EXTRA)))
    sentencepiece_cases(arguments.out, writer)
    rank_cases(arguments.out, writer, arguments.fixtures)
    tekken_cases(arguments.out, writer, arguments.fixtures)
    vocabulary_cases(arguments.out, writer, arguments.fixtures)
    writer.dump()


main()
