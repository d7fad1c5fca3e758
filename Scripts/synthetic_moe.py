"""Writes a mixture of experts with random weights for speed measurements: 8 of 64 experts, in Q4_K, with the vocabulary of
a Qwen2 or Qwen3 file. The weights are random blocks of plausible scale; the text is nonsense. Needs gguf and numpy.

    python synthetic_moe.py QWEN.gguf OUT.gguf
"""
import sys

import numpy
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter

LAYERS, HIDDEN, HEADS, KV_HEADS, HEAD_DIM, EXPERTS, ACTIVE, INNER = 16, 1024, 16, 4, 128, 64, 8, 512
random = numpy.random.default_rng(1)


def blocks(*shape):
    """Random Q4_K blocks of 256 weights: two float16 scales, 12 bytes of scales, 128 bytes of codes."""
    rows = int(numpy.prod(shape[:-1]))
    data = random.integers(0, 256, (rows * shape[-1] // 256, 144), numpy.uint8)
    # Weights of up to 63 * 15 times the scale, less 63 times the second one: centred, about 0.5 / sqrt(inputs).
    scale = numpy.float16(2 / (63 * 15) / shape[-1] ** 0.5)
    data[:, 0:2] = numpy.array([scale], numpy.float16).view(numpy.uint8)
    data[:, 2:4] = numpy.array([7.5 * float(scale)], numpy.float16).view(numpy.uint8)
    return data.reshape(*shape[:-1], shape[-1] // 256 * 144)


def main(source, target):
    writer = GGUFWriter(target, "qwen3moe")
    for field in GGUFReader(source).fields.values():
        if field.name.startswith("tokenizer."):
            kind = field.types[0]
            inner = field.types[-1] if kind == GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), kind, sub_type=inner)
            if field.name == "tokenizer.ggml.tokens":
                vocabulary = len(field.data)
    writer.add_block_count(LAYERS)
    writer.add_context_length(32768)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INNER * ACTIVE)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD_DIM)
    writer.add_value_length(HEAD_DIM)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_expert_count(EXPERTS)
    writer.add_expert_used_count(ACTIVE)
    writer.add_expert_feed_forward_length(INNER)

    def matrix(name, *shape):
        writer.add_tensor(name + ".weight", blocks(*shape), raw_dtype=GGMLQuantizationType.Q4_K)

    def ones(name, count):
        writer.add_tensor(name + ".weight", numpy.ones(count, numpy.float32))

    matrix("token_embd", vocabulary, HIDDEN)
    matrix("output", vocabulary, HIDDEN)
    ones("output_norm", HIDDEN)
    for layer in range(LAYERS):
        prefix = f"blk.{layer}."
        for name, count in [("attn_norm", HIDDEN), ("ffn_norm", HIDDEN), ("attn_q_norm", HEAD_DIM),
                            ("attn_k_norm", HEAD_DIM)]:
            ones(prefix + name, count)
        matrix(prefix + "attn_q", HEADS * HEAD_DIM, HIDDEN)
        matrix(prefix + "attn_k", KV_HEADS * HEAD_DIM, HIDDEN)
        matrix(prefix + "attn_v", KV_HEADS * HEAD_DIM, HIDDEN)
        matrix(prefix + "attn_output", HIDDEN, HEADS * HEAD_DIM)
        router = random.standard_normal((EXPERTS, HIDDEN)).astype(numpy.float32)
        writer.add_tensor(prefix + "ffn_gate_inp.weight", router)
        matrix(prefix + "ffn_gate_exps", EXPERTS, INNER, HIDDEN)
        matrix(prefix + "ffn_up_exps", EXPERTS, INNER, HIDDEN)
        matrix(prefix + "ffn_down_exps", EXPERTS, HIDDEN, INNER)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


main(*sys.argv[1:])
