// Reads single packed weights; see packed.h.

#include "packed.h"
#include "half.h"

void nt_block_scale(nt_packing packing, const nt_block *block, int32_t group, float *scale, float *offset) {
    const nt_packed_format format = packed_format(packing);
    const float d = float_from_f16(block->d);
    switch (format.scales) {
    case NT_SCALES_FIXED:
        *scale = d;
        *offset = d * -format.zero;
        break;
    case NT_SCALES_MIN:
        *scale = d;
        *offset = float_from_f16(block->m);
        break;
    case NT_SCALES_ZERO:
        *scale = d;
        *offset = d * -(float)block->zero;
        break;
    case NT_SCALES_K_MIN:
        *scale = d * (float)block->scales[group];
        *offset = 0.0f - float_from_f16(block->m) * (float)block->mins[group];
        break;
    case NT_SCALES_K_FIXED:
        *scale = d * (float)(int8_t)block->scales[group];
        *offset = *scale * -format.zero;
        break;
    default: __builtin_unreachable();
    }
}

int32_t nt_panel_code(nt_packing packing, const uint8_t *panel, int64_t k, int32_t column) {
    const nt_packed_format format = packed_format(packing);
    const int64_t inner = k % format.record_inputs, step = k % NT_GROUP / 4, byte = column * 4 + k % 4;
    const uint8_t *codes = panel + k / format.record_inputs * format.record_bytes + format.header_bytes;
    codes += inner / NT_GROUP * code_group_bytes(format.code_bits);
    if (format.code_bits == 8) return codes[step * 64 + byte];
    const int32_t low = (codes[step / 2 * 64 + byte] >> (step % 2 * 4)) & 15;
    const uint8_t *high = codes + 256;
    switch (format.code_bits) {
    case 5: return low | ((high[byte] >> step) & 1) << 4;
    case 6: return low | ((high[step / 4 * 64 + byte] >> (step % 4 * 2)) & 3) << 4;
    default: return low;
    }
}

void nt_panel_scale(nt_packing packing, const uint8_t *panel, int64_t k, int32_t column, float *scale, float *offset) {
    const nt_packed_format format = packed_format(packing);
    const uint8_t *record = panel + k / format.record_inputs * format.record_bytes;
    const int64_t group = k % format.record_inputs / format.group;
    nt_block block;
    block.d = load_u16(record + column * 2);
    switch (format.scales) {
    case NT_SCALES_MIN: block.m = load_u16(record + 32 + column * 2); break;
    case NT_SCALES_ZERO: block.zero = record[32 + column]; break;
    case NT_SCALES_K_MIN:
        block.m = load_u16(record + 32 + column * 2);
        block.scales[group] = record[64 + group * 32 + column];
        block.mins[group] = record[64 + group * 32 + 16 + column];
        break;
    case NT_SCALES_K_FIXED: block.scales[group] = record[32 + group * 16 + column]; break;
    default: break;
    }
    nt_block_scale(packing, &block, (int32_t)group, scale, offset);
}

float nt_panel_weight(nt_packing packing, const uint8_t *panel, int64_t k, int32_t column) {
    const nt_packed_format format = packed_format(packing);
    const uint8_t *record = panel + k / format.record_inputs * format.record_bytes;
    float plain;
    switch (packing) {
    case NT_PACKED_F32: memcpy(&plain, record + column * 4, sizeof plain); return plain;
    case NT_PACKED_F16: return float_from_f16(load_u16(record + column * 2));
    case NT_PACKED_BF16: return float_from_bf16(load_u16(record + column * 4 + k % 2 * 2));
    default: break;
    }
    float scale, offset;
    nt_panel_scale(packing, panel, k, column, &scale, &offset);
    return __builtin_fmaf(scale, (float)nt_panel_code(packing, panel, k, column), offset);
}
