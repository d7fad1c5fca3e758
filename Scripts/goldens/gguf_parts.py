"""Writes a GGUF fixture again in parts, as files of large models come: pip install gguf==0.19.0.

    python gguf_parts.py Tests/Fixtures/gguf/llama-q4_0.gguf Tests/Fixtures/gguf/parts/llama-q4_0.gguf
"""
import sys

from gguf import GGUFReader, GGUFValueType, GGUFWriter

source, target = sys.argv[1:]
reader = GGUFReader(source)
writer = GGUFWriter(target, "llama", split_max_tensors=8)
for field in reader.fields.values():
    if field.name.startswith("GGUF.") or field.name == "general.architecture":
        continue
    kind = field.types[0]
    sub = field.types[-1] if kind == GGUFValueType.ARRAY else None
    writer.add_key_value(field.name, field.contents(), kind, sub_type=sub)
for tensor in reader.tensors:
    writer.add_tensor(tensor.name, tensor.data, raw_shape=tensor.data.shape, raw_dtype=tensor.tensor_type)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
