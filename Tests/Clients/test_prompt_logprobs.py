"""Log-probabilities of a long prompt over a large vocabulary: bounded memory, the same from the cache."""
import json, os, pathlib, re, struct, tempfile, unittest
from serving import Server

VOCABULARY, HIDDEN, LENGTH = 150_000, 64, 8_000


def weights(count):
    """Random bfloat16 numbers of magnitude 0.008 to 0.03."""
    data = bytearray(2 * count)
    data[0::2] = os.urandom(count)
    data[1::2] = os.urandom(count).translate(bytes((byte & 0x80) | 0x3C for byte in range(256)))
    return bytes(data)


def write_model(folder):
    """A Llama with one layer, random weights and a large vocabulary."""
    shapes = {"model.embed_tokens.weight": [VOCABULARY, HIDDEN], "lm_head.weight": [VOCABULARY, HIDDEN],
              "model.norm.weight": [HIDDEN]}
    layer = {"input_layernorm": [HIDDEN], "post_attention_layernorm": [HIDDEN], "self_attn.q_proj": [HIDDEN, HIDDEN],
             "self_attn.k_proj": [HIDDEN, HIDDEN], "self_attn.v_proj": [HIDDEN, HIDDEN],
             "self_attn.o_proj": [HIDDEN, HIDDEN], "mlp.gate_proj": [128, HIDDEN], "mlp.up_proj": [128, HIDDEN],
             "mlp.down_proj": [HIDDEN, 128]}
    shapes.update({f"model.layers.0.{name}.weight": shape for name, shape in layer.items()})
    header, blobs, offset = {}, [], 0
    for name, shape in shapes.items():
        blobs.append(weights(shape[0] * (shape[1] if len(shape) > 1 else 1)))
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, offset + len(blobs[-1])]}
        offset += len(blobs[-1])
    text = json.dumps(header).encode()
    pathlib.Path(folder, "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    pathlib.Path(folder, "config.json").write_text(json.dumps({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": HIDDEN, "head_dim": 16,
        "intermediate_size": 128, "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 4,
        "vocab_size": VOCABULARY, "max_position_embeddings": 8192, "rms_norm_eps": 1e-6, "hidden_act": "silu",
        "tie_word_embeddings": False, "torch_dtype": "bfloat16", "bos_token_id": 1, "eos_token_id": 2}))


class PromptLogprobsTests(unittest.TestCase):
    def test_memory_and_cache(self):
        with tempfile.TemporaryDirectory() as folder:
            write_model(folder)
            with Server("--skip-tokenizer-init", "--max-model-len", "8192", model=folder) as server:
                prompt = [3 + (index * index * 7919) % (VOCABULARY - 3) for index in range(LENGTH)]
                fields = dict(prompt=prompt, max_tokens=1, temperature=0, prompt_logprobs=2, ignore_eos=True)
                server.complete(**{**fields, "prompt": prompt[:100]})
                before = self.peak(server)
                cold = server.complete(**fields)["choices"][0]
                grown = self.peak(server) - before
                print(f"peak memory of {LENGTH} prompt log-probabilities: {grown >> 20} MiB more")
                # All logits at once would be 4.8 GB.
                self.assertLess(grown, 300 << 20)
                self.assertEqual(len(cold["prompt_logprobs"]), LENGTH)
                warm = server.complete(**fields)["choices"][0]
                self.assertEqual(cold, warm)
                self.assertGreaterEqual(server.metric("vllm:prefix_cache_hits_total"), (LENGTH - 1) // 16 * 16)

    @staticmethod
    def peak(server):
        status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) << 10


if __name__ == "__main__":
    unittest.main()
