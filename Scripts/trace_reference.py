#!/usr/bin/env python3
"""Writes the trace of a model that `needletail debug trace` compares with: pip install transformers torch.

    trace_reference.py MODEL --prompt-token-ids 5,17,3 > reference.json
    needletail debug trace MODEL --reference reference.json

Each entry is the result of one module of the reference implementation in float32: name, shape, mean, mean magnitude and
a checksum, a sum with factors in [-1, 1] that follow from the index.
"""
import argparse, json, sys

import numpy
import torch
from transformers import AutoModelForCausalLM


def point(name, tensor):
    elements = tensor.detach().to(torch.float64).numpy().reshape(-1)
    index = numpy.arange(elements.size, dtype=numpy.uint64)
    factors = ((index * 2654435761 % 2**32) >> 25).astype(numpy.float64) / 64 - 1
    return {"name": name, "shape": list(tensor.shape), "mean": elements.mean(),
            "magnitude": numpy.abs(elements).mean(), "checksum": float((elements * factors).sum())}


def is_traced(module):
    kind = type(module).__name__
    return kind in ("Linear", "Conv1D") or "Embedding" in kind and "Rotary" not in kind or kind.endswith("Norm")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--prompt-token-ids", required=True)
    arguments = parser.parse_args()
    ids = [int(text) for text in arguments.prompt_token_ids.split(",")]
    model = AutoModelForCausalLM.from_pretrained(
        arguments.model, dtype=torch.float32, attn_implementation="eager").eval()
    points = []
    head = model.get_output_embeddings()

    def hook(name, module):
        def record(_, __, output):
            tensor = output[0]  # the only sequence
            if module is head:
                tensor = tensor[-1:]
            elif tensor.ndim == 3 and tensor.shape[0] != len(ids):
                tensor = tensor.transpose(0, 1)  # heads before tokens
            points.append(point("lm_head" if module is head else name, tensor))
        return record

    for name, module in model.named_modules():
        if is_traced(module):
            module.register_forward_hook(hook(name, module))
    with torch.no_grad():
        model(torch.tensor([ids]))
    json.dump({"prompt_token_ids": ids, "points": points}, sys.stdout)
    print()


main()
