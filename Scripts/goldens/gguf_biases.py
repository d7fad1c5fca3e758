"""Writes the fixture `llama3-rope`, whose projections have biases, as llama.cpp's converter would: rows of q and k, weights
and biases alike, reordered for rotary pairs of neighbours; the rotary scaling as divisors. Its golden stays that of the
Hugging Face model: pip install gguf==0.19.0.

    python gguf_biases.py Tests/Fixtures/models/llama3-rope Tests/Fixtures/gguf/llama-biases.gguf
"""
import json, math, pathlib, struct, sys

import numpy
from gguf import GGMLQuantizationType, GGUFWriter

NAMES = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}


def tensors(path):
    """(name, bfloat16 values as 16-bit integers) of a safetensors file."""
    data = path.read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    for name, entry in json.loads(data[8:start]).items():
        if name != "__metadata__":
            assert entry["dtype"] == "BF16", name
            first, last = entry["data_offsets"]
            yield name, numpy.frombuffer(data[start + first:start + last], numpy.uint16).reshape(entry["shape"])


def gguf_name(name):
    module, kind = name.rsplit(".", 1)
    if module.startswith("model.layers."):
        layer, module = module.removeprefix("model.layers.").split(".", 1)
        return f"blk.{layer}.{NAMES[module]}.{kind}"
    return f"{NAMES[module]}.{kind}"


def interleaved(rows, heads):
    """From halves of a head to pairs of neighbours."""
    return rows.reshape(heads, 2, -1, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def divisors(config, rope):
    """Of the rotary frequencies, as scaling `llama3` has them."""
    low, high, factor, length = (rope[key] for key in (
        "low_freq_factor", "high_freq_factor", "factor", "original_max_position_embeddings"))
    for index in range(config["head_dim"] // 2):
        wavelength = 2 * math.pi * rope["rope_theta"] ** (2 * index / config["head_dim"])
        blend = min(1, max(0, (length / wavelength - low) / (high - low)))
        yield 1 / ((1 - blend) / factor + blend)


folder, target = map(pathlib.Path, sys.argv[1:])
config = json.loads((folder / "config.json").read_text())
writer = GGUFWriter(target, "llama")
writer.add_block_count(config["num_hidden_layers"])
writer.add_context_length(config["max_position_embeddings"])
writer.add_embedding_length(config["hidden_size"])
writer.add_feed_forward_length(config["intermediate_size"])
writer.add_head_count(config["num_attention_heads"])
writer.add_head_count_kv(config["num_key_value_heads"])
writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
writer.add_rope_dimension_count(config["head_dim"])
writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
writer.add_vocab_size(config["vocab_size"])
writer.add_bos_token_id(config["bos_token_id"])
writer.add_eos_token_id(config["eos_token_id"])
writer.add_tensor("rope_freqs.weight", numpy.array(list(divisors(config, config["rope_parameters"])), numpy.float32))
for name, values in tensors(folder / "model.safetensors"):
    if ".q_proj." in name or ".k_proj." in name:
        values = interleaved(values, config["num_attention_heads" if ".q_proj." in name else "num_key_value_heads"])
    if values.ndim == 1:
        writer.add_tensor(gguf_name(name), (values.astype(numpy.uint32) << 16).view(numpy.float32))
    else:
        writer.add_tensor(gguf_name(name), numpy.ascontiguousarray(values).view(numpy.uint8),
                          raw_dtype=GGMLQuantizationType.BF16)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
