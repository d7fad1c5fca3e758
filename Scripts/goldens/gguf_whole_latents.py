"""Rewrites a DeepSeek file of llama.cpp's converter as converters wrote it before they split `kv_b_proj`: the projection
whole, and the sizes of heads in place of those of the latents. The model stays the same. Needs gguf and numpy.

    python gguf_whole_latents.py IN.gguf OUT.gguf
"""
import sys

import numpy
from gguf import GGUFReader, GGUFValueType, GGUFWriter

source, target = sys.argv[1:]
reader = GGUFReader(source)
architecture = reader.fields["general.architecture"].contents()
writer = GGUFWriter(target, architecture)
prefix = f"{architecture}.attention."
settings = {name: (field.types[0], field.types[-1], field.contents()) for name, field in reader.fields.items()
            if not name.startswith("GGUF.") and name != "general.architecture"}
settings[prefix + "head_count_kv"] = settings[prefix + "head_count"]
for kind in ("key", "value"):
    settings[f"{prefix}{kind}_length"] = settings.pop(f"{prefix}{kind}_length_mla")
for name, (kind, element, value) in settings.items():
    writer.add_key_value(name, value, kind, element if kind == GGUFValueType.ARRAY else None)

tensors = {tensor.name: tensor for tensor in reader.tensors}
for name, tensor in tensors.items():
    data = tensor.data
    if ".attn_v_b." in name:
        continue
    if ".attn_k_b." in name:
        # [heads, latent, key] of 16-bit numbers, to [heads, key, latent]; then each head's values follow its keys.
        keys = data.view(numpy.uint16).swapaxes(1, 2)
        values = tensors[name.replace("attn_k_b", "attn_v_b")].data.view(numpy.uint16)
        whole = numpy.concatenate([keys, values], axis=1)
        name, data = name.replace("attn_k_b", "attn_kv_b"), whole.reshape(-1, whole.shape[-1]).view(numpy.uint8)
    writer.add_tensor(name, numpy.ascontiguousarray(data), raw_dtype=tensor.tensor_type)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
