"""Writes dequantization.json: random blocks of each GGUF type and the float32 bits that gguf-py makes of them.

    pip install gguf==0.19.0 numpy==2.4.6 && python dequantization.py
"""

import json
import pathlib

import numpy as np
from gguf import GGMLQuantizationType, dequantize

# Type, bytes a block, blocks, and where float16 scales lie.
TYPES = {
    "q4_0": (18, 6, [0]),
    "q4_1": (20, 6, [0, 2]),
    "q5_0": (22, 6, [0]),
    "q5_1": (24, 6, [0, 2]),
    "q8_0": (34, 6, [0]),
    "q4_K": (144, 2, [0, 2]),
    "q5_K": (176, 2, [0, 2]),
    "q6_K": (210, 2, [208]),
}


def main():
    random = np.random.default_rng(20)
    goldens = {}
    for name, (size, count, scales) in TYPES.items():
        blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
        for offset in scales:
            values = (random.standard_normal(count) * 10.0 ** random.integers(-6, 1, count)).astype(np.float16)
            blocks[:, offset : offset + 2] = values.view(np.uint8).reshape(count, 2)
        values = dequantize(blocks, GGMLQuantizationType[name.upper()]).astype(np.float32)
        goldens[name] = {"bytes": blocks.reshape(-1).tolist(), "bits": values.reshape(-1).view(np.uint32).tolist()}
    path = pathlib.Path(__file__).with_name("dequantization.json")
    path.write_text(json.dumps(goldens, separators=(",", ":")) + "\n")


main()
