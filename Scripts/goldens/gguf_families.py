"""Converts the fixtures of families to GGUF with llama.cpp's own converter, under a vocabulary of 384 made-up tokens:
they hold prompts as ids. Their goldens stay those of the Hugging Face layout. Needs torch, transformers and a checkout of
llama.cpp.

    python gguf_families.py LLAMA_CPP Tests/Fixtures/models OUT [NAME ...]
"""
import logging, pathlib, sys, tempfile, json, shutil

llama, models, out, *names = sys.argv[1:]
sys.path[:0] = [llama, str(pathlib.Path(llama) / "gguf-py")]
import gguf
from conversion import ModelBase, ModelType, get_model_architecture, get_model_class

logging.disable(logging.CRITICAL)

# The names of classes that the converter knows under another one.
CLASSES = {"PhimoeForCausalLM": "PhiMoEForCausalLM"}


def write_vocabulary(writer, count):
    """A byte-level BPE vocabulary without merges."""
    tokens = [f"<{index}>" for index in range(count)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * count)
    writer.add_token_merges([])


def complete(model, config):
    """Sets what the converter assumes or leaves out, under the keys that the format has for it."""
    writer, prefix = model.gguf_writer, model.gguf_writer.arch + "."
    values = writer.kv_data[0]

    def number(key, value):
        if value is not None:
            values.pop(prefix + key, None)
            writer.add_uint32(prefix + key, value)

    number("feed_forward_length", config.get("intermediate_size") or config.get("n_inner")
           or config.get("ffn_hidden_size"))
    number("context_length", config.get("max_position_embeddings") or config.get("n_positions") or 256)
    if config.get("sliding_window") and config.get("use_sliding_window", True):
        number("attention.sliding_window", config["sliding_window"])
        if "layer_types" in config:
            values.pop(prefix + "attention.sliding_window_pattern", None)
            writer.add_sliding_window_pattern([kind == "sliding_attention" for kind in config["layer_types"]])
    if "query_pre_attn_scalar" in config:
        writer.add_attention_scale(config["query_pre_attn_scalar"] ** -0.5)
    # Published configurations name the function, those that transformers writes do not.
    if "DeepseekV3ForCausalLM" in config["architectures"]:
        writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
    if "no_rope_layers" in config:
        writer.add_rope_pattern([flag == 1 for flag in config["no_rope_layers"]])


def convert(name):
    source = pathlib.Path(models) / name
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for file in source.iterdir():
            if file.suffix in (".json", ".safetensors") and "golden" not in file.name:
                shutil.copy(file, folder)
        # Gemma's converter counts the tokens here.
        vocabulary = {"model": {"vocab": {str(index): index for index in range(384)}}, "added_tokens": []}
        (folder / "tokenizer.json").write_text(json.dumps(vocabulary))
        config = ModelBase.load_hparams(folder, False)
        older = json.loads((source / "config.v4.json").read_text()) if (source / "config.v4.json").exists() else {}
        architecture = get_model_architecture(config, ModelType.TEXT)
        kind = get_model_class(CLASSES.get(architecture, architecture))

        class Converter(kind):
            model_arch = kind.model_arch

            def set_vocab(self):
                write_vocabulary(self.gguf_writer, config["vocab_size"])

            def prepare_metadata(self, *arguments, **named):
                super().prepare_metadata(*arguments, **named)
                complete(self, config)

        # The converter reads the keys of either version.
        hparams = {"n_ctx": config.get("n_positions"), "rotary_pct": 1.0, **older, **config}
        model = Converter(folder, gguf.LlamaFileType.MOSTLY_BF16, pathlib.Path(out) / f"{name}.gguf", eager=True,
                     hparams=hparams)
        model.write()


def main():
    pathlib.Path(out).mkdir(parents=True, exist_ok=True)
    failed = 0
    for name in names or sorted(path.parent.name for path in pathlib.Path(models).glob("*/config.json")):
        try:
            convert(name)
            print(name, "converted")
        except (NotImplementedError, Exception) as error:
            failed += 1
            print(name, "refused:", type(error).__name__, str(error)[:200])
    return failed


main()
