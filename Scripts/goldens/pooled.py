#!/usr/bin/env python3
"""Writes the vector that stands for a prompt, the final hidden state of its last token: pip install transformers torch.

    pooled.py MODEL --prompt-token-ids 5,17,3 > pooled.json
"""
import argparse, json, sys

import torch
from transformers import AutoModel


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--prompt-token-ids", required=True)
    arguments = parser.parse_args()
    ids = [int(text) for text in arguments.prompt_token_ids.split(",")]
    model = AutoModel.from_pretrained(arguments.model, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        state = model(torch.tensor([ids])).last_hidden_state[0, -1]
    json.dump({"prompt_token_ids": ids, "state": state.tolist(),
               "normalized": torch.nn.functional.normalize(state, dim=0).tolist()}, sys.stdout)
    print()


main()
