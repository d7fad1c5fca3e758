#!/usr/bin/env python3
"""Measures what bfloat16 costs the reference on every GGUF fixture, as `bf16_activation_error` does for `models`.

Reads each FOLDER/NAME.gguf, dequantises it, undoes the row permutation of q and k, checks the float32 run against
the file's golden, runs the same model in bfloat16 and writes FOLDER/bf16_errors.json: {NAME: {mean, p99, ...}}.

    gguf_bf16_errors.py Tests/Fixtures/gguf        # transformers 5.19, torch 2.13, gguf 0.19
"""
import json
import pathlib
import sys

import gguf
import numpy
import torch
import transformers

from make_fixtures import compare_logits

NAMES = {
    "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
    "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj", "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
}


def reference_name(name):
    parts = name.removesuffix(".weight").split(".")
    prefix = f"model.layers.{parts[1]}." if parts[0] == "blk" else ""
    return prefix + NAMES[parts[-1]] + ".weight"


def load(path):
    """The model of a file, in float32."""
    reader = gguf.GGUFReader(path)
    field = lambda key: reader.fields[f"llama.{key}"].contents()
    heads, kv_heads, head_dim = field("attention.head_count"), field("attention.head_count_kv"), field("attention.key_length")
    rope = {"rope_type": "default", "rope_theta": field("rope.freq_base")}
    if "llama.rope.scaling.type" in reader.fields:
        rope = {"rope_type": field("rope.scaling.type"), "factor": field("rope.scaling.factor"), "rope_theta": rope["rope_theta"]}
    state = {}
    for tensor in reader.tensors:
        shape = tuple(int(size) for size in reversed(tensor.shape))
        data = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32).reshape(shape)
        if "attn_q." in tensor.name or "attn_k." in tensor.name:  # stored for interleaved rotary pairs
            count = heads if "attn_q." in tensor.name else kv_heads
            data = data.reshape(count, head_dim // 2, 2, -1).swapaxes(1, 2).reshape(shape)
        state[reference_name(tensor.name)] = torch.from_numpy(data.copy())
    config = transformers.LlamaConfig(
        vocab_size=state["model.embed_tokens.weight"].shape[0], hidden_size=field("embedding_length"),
        intermediate_size=field("feed_forward_length"), num_hidden_layers=field("block_count"),
        num_attention_heads=heads, num_key_value_heads=kv_heads, head_dim=head_dim,
        rms_norm_eps=field("attention.layer_norm_rms_epsilon"), max_position_embeddings=field("context_length"),
        rope_parameters=rope, tie_word_embeddings="lm_head.weight" not in state)
    model = transformers.LlamaForCausalLM(config).eval()
    model.set_attn_implementation("eager")
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all(name == "lm_head.weight" for name in missing), (missing, unexpected)
    model.tie_weights()
    return model


@torch.no_grad()
def logits(model, ids):
    return model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].float()


def measure(path):
    golden = json.loads(path.with_suffix(".golden.json").read_text())
    prompts = [case["prompt_token_ids"] for case in golden["cases"]]
    model = load(path)
    exact = [logits(model, ids) for ids in prompts]
    for case, rows in zip(golden["cases"], exact):
        difference = (rows[-1] - torch.tensor(case["last_logits"])).abs().max().item()
        assert difference < 1e-3, f"{path.name}: float32 differs from the golden by {difference}"
    model = model.to(torch.bfloat16)
    errors = compare_logits([(rows, logits(model, ids)) for ids, rows in zip(prompts, exact)])
    del errors["unstable"]
    return errors


def main():
    folder = pathlib.Path(sys.argv[1])
    errors = {}
    for path in sorted(folder.glob("*.gguf")):
        errors[path.stem] = measure(path)
        print(path.stem, errors[path.stem])
    (folder / "bf16_errors.json").write_text(json.dumps(errors, indent=2) + "\n")


if __name__ == "__main__":
    main()
