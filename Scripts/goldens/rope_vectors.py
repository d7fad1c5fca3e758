#!/usr/bin/env python3
"""Rotary settings as files spell them, with what transformers computes from them.

    rope_vectors.py > Tests/Fixtures/rope/vectors.json

Each case has the members of a `config.json`, the layer type whose settings apply, and one entry per variant: for
requests of any length, or for short and for long ones. An entry has inverse frequencies, the factor of cosines and
sines, and rows of both tables at some positions. Of dynamic scaling, which transformers computes for the length at
hand, the second entry is for the longest length.
"""
import json
import os
import warnings

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
warnings.filterwarnings("ignore")
import torch
from transformers import Gemma3TextConfig, GPTNeoXConfig, LlamaConfig, Olmo3Config, Phi3Config
from transformers.models.gemma3.modeling_gemma3 import Gemma3RotaryEmbedding
from transformers.models.gpt_neox.modeling_gpt_neox import GPTNeoXRotaryEmbedding
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
from transformers.models.olmo3.modeling_olmo3 import Olmo3RotaryEmbedding
from transformers.models.phi3.modeling_phi3 import Phi3RotaryEmbedding

CLASSES = {
    "llama": (LlamaConfig, LlamaRotaryEmbedding),
    "phi3": (Phi3Config, Phi3RotaryEmbedding),
    "gemma3_text": (Gemma3TextConfig, Gemma3RotaryEmbedding),
    "gpt_neox": (GPTNeoXConfig, GPTNeoXRotaryEmbedding),
    "olmo3": (Olmo3Config, Olmo3RotaryEmbedding),
}
LENGTH = 64
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": LENGTH}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": LENGTH}
LONG = {"short_factor": [round(1 + 0.05 * i, 3) for i in range(8)],
        "long_factor": [round(1 + 0.9 * i, 3) for i in range(8)]}


def llama(parameters=None, dim=16, length=4 * LENGTH, kind="llama", **members):
    config = {"model_type": kind, "hidden_size": 4 * dim, "num_attention_heads": 4, "num_hidden_layers": 2,
              "vocab_size": 64, "intermediate_size": 64, "max_position_embeddings": length}
    if kind != "gpt_neox":
        config["head_dim"] = dim
    if kind == "phi3":
        config |= {"pad_token_id": 0, "num_key_value_heads": 4, "original_max_position_embeddings": LENGTH}
    if parameters is not None:
        config["rope_parameters"] = parameters
    return config | members


def old(scaling, theta=10000.0, **members):
    return llama(rope_theta=theta, rope_scaling=scaling, **members)


def cases():
    theta = {"rope_theta": 10000.0}
    yield "default", llama({"rope_type": "default", "rope_theta": 500000.0})
    yield "default, wide", llama({"rope_type": "default", "rope_theta": 1e6}, dim=64)
    yield "old default", llama(rope_theta=75000.0)
    yield "old null", old(None, 30000.0)
    yield "no settings", llama()
    yield "partial", llama({"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5}, kind="gpt_neox")
    yield "partial, old", llama(kind="gpt_neox", rotary_pct=0.25, rotary_emb_base=20000)
    yield "linear", llama({"rope_type": "linear", "factor": 4.0} | theta)
    yield "linear, old", old({"type": "linear", "factor": 2.5})
    yield "linear, both spellings of the type", old({"type": "linear", "rope_type": "linear", "factor": 8})
    yield "dynamic", llama({"rope_type": "dynamic", "factor": 4.0} | theta, length=LENGTH)
    yield "dynamic, old", old({"type": "dynamic", "factor": 2.0}, 1e6, length=LENGTH)
    yield "dynamic ignores the original length", llama(
        {"rope_type": "dynamic", "factor": 6.0, "original_max_position_embeddings": 16} | theta, length=LENGTH)
    yield "yarn", llama(YARN | theta)
    yield "yarn, old", old({"type": "yarn", "factor": 4.0, "original_max_position_embeddings": LENGTH}, 1e6)
    yield "yarn, wide", llama(YARN | {"rope_theta": 1e6, "factor": 16.0}, dim=128, length=16 * LENGTH)
    yield "yarn without original length", llama({"rope_type": "yarn", "factor": 4.0} | theta)
    yield "yarn, original length outside", llama(
        {"rope_type": "yarn", "factor": 4.0} | theta, original_max_position_embeddings=32)
    yield "yarn, original length outside goes first", llama(YARN | theta, original_max_position_embeddings=32)
    yield "yarn without factor", llama(YARN | theta | {"factor": None})
    yield "yarn, bounds", llama(YARN | theta | {"beta_fast": 16.0, "beta_slow": 2.0}, dim=32)
    yield "yarn, not rounded", llama(YARN | theta | {"truncate": False}, dim=32)
    yield "yarn, attention factor", llama(YARN | theta | {"attention_factor": 1.25})
    yield "yarn, mscale", llama(YARN | theta | {"mscale": 1.0, "mscale_all_dim": 0.7})
    yield "yarn, equal mscales", llama(YARN | theta | {"mscale": 0.8, "mscale_all_dim": 0.8})
    yield "yarn, mscale alone", llama(YARN | theta | {"mscale": 0.7})
    yield "yarn, mscales of zero", llama(YARN | theta | {"mscale": 0.0, "mscale_all_dim": 0.0})
    yield "yarn, attention factor before mscale", llama(
        YARN | theta | {"attention_factor": 0.9, "mscale": 1.0, "mscale_all_dim": 0.5})
    yield "yarn, factor below one", llama(YARN | theta | {"factor": 0.5})
    yield "llama3", llama(LLAMA3 | {"rope_theta": 500000.0})
    yield "llama3, old", old({key: value for key, value in LLAMA3.items() if key != "rope_type"} | {"type": "llama3"})
    yield "llama3, wide", llama(LLAMA3 | {"rope_theta": 500000.0, "factor": 32.0}, dim=128, length=32 * LENGTH)
    yield "llama3 without original length", llama(
        {key: value for key, value in LLAMA3.items() if key != "original_max_position_embeddings"} | theta)
    yield "longrope", llama({"rope_type": "longrope", "original_max_position_embeddings": LENGTH} | LONG | theta, kind="phi3")
    yield "longrope, old", old({"type": "longrope"} | LONG, kind="phi3")
    yield "longrope as su", old(
        {"type": "su", "original_max_position_embeddings": LENGTH} | LONG, kind="phi3")
    yield "longrope as yarn", old(
        {"type": "yarn", "original_max_position_embeddings": LENGTH} | LONG, kind="phi3")
    yield "longrope, factor", llama(
        {"rope_type": "longrope", "factor": 32.0, "original_max_position_embeddings": LENGTH} | LONG | theta)
    yield "longrope, attention factor", llama(
        {"rope_type": "longrope", "attention_factor": 1.19, "original_max_position_embeddings": LENGTH} | LONG | theta)
    yield "longrope, not stretched", llama(
        {"rope_type": "longrope", "original_max_position_embeddings": 4 * LENGTH} | LONG | theta)
    yield "longrope, partial", llama(
        {"rope_type": "longrope", "original_max_position_embeddings": LENGTH, "partial_rotary_factor": 0.5} | LONG | theta,
        dim=32, kind="phi3")
    types = {"layer_types": ["sliding_attention", "full_attention"]}
    nested = {"sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
              "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6}}
    for layer in types["layer_types"]:
        yield "Gemma 3", llama(nested, kind="gemma3_text", **types), layer
        yield "Gemma 3, old", old({"rope_type": "linear", "factor": 8.0}, 1e6, kind="gemma3_text",
                                  rope_local_base_freq=20000.0, **types), layer
        yield "Gemma 3, old, without local base", old(
            {"rope_type": "linear", "factor": 8.0}, 1e6, kind="gemma3_text", **types), layer
        yield "OLMo 3, old", old(YARN | {"attention_factor": 1.1}, 500000.0, kind="olmo3", **types), layer
        yield "OLMo 3", llama({"sliding_attention": {"rope_type": "default", "rope_theta": 500000.0},
                               "full_attention": YARN | {"rope_theta": 500000.0}}, kind="olmo3", **types), layer


def entry(config, rotary, layer, positions):
    arguments = [torch.zeros(1), torch.tensor([positions])] + ([layer] if layer else [])
    cosines, sines = (rows[0] for rows in rotary(*arguments))
    prefix = f"{layer}_" if layer else ""
    inverse = getattr(rotary, f"{prefix}inv_freq")
    factor = getattr(rotary, f"{prefix}attention_scaling")
    half = inverse.shape[0]
    return {"inverse": [float(f"{value:.9g}") for value in inverse.tolist()], "attention_factor": float(factor),
            "rows": [{"position": position, "cosines": [round(v, 7) for v in cosines[i, :half].tolist()],
                      "sines": [round(v, 7) for v in sines[i, :half].tolist()]} for i, position in enumerate(positions)]}


def main():
    out = []
    for name, members, *layer in cases():
        layer = layer[0] if layer else None
        config_class, rotary_class = CLASSES[members["model_type"]]
        config = config_class.from_dict(json.loads(json.dumps(members)))
        rotary = rotary_class(config)
        settings = config.rope_parameters[layer] if layer else config.rope_parameters
        length, kind = config.max_position_embeddings, settings["rope_type"]
        if kind == "longrope":
            short = settings["original_max_position_embeddings"]
            variants = [[1, short - 1], [1, 4 * short - 1]]
        elif kind == "dynamic":
            variants = [[1, length - 1], [1, int(settings["factor"] * length) - 1]]
        else:
            variants = [[1, LENGTH, 4 * length - 1]]
        out.append({"name": name, "config": members, "layer_type": layer, "type": kind,
                    "head_dim": members["hidden_size"] // members["num_attention_heads"],
                    "variants": [entry(config, rotary, layer, positions) for positions in variants]})
    print(json.dumps({"cases": out}, separators=(",", ":")))


if __name__ == "__main__":
    main()
