// Reads the blocks of GGUF files and plain rows.

#include "formats.h"

#include "half.h"

int64_t nt_dtype_block_size(nt_dtype dtype) { return NT_STORED_FORMATS[dtype].block_inputs; }

size_t nt_row_byte_count(nt_dtype dtype, int64_t inputs) {
    const nt_stored_format format = NT_STORED_FORMATS[dtype];
    return (size_t)(inputs / format.block_inputs) * (size_t)format.block_bytes;
}

nt_packing nt_packing_of(nt_dtype dtype) { return NT_STORED_FORMATS[dtype].packing; }

// 32 codes from 16 bytes: the low nibbles, then the high ones.
NT_INLINE void split_nibbles(const uint8_t *restrict bytes, uint8_t *restrict codes) {
    for (int i = 0; i < 16; i++) codes[i] = bytes[i] & 15;
    for (int i = 0; i < 16; i++) codes[i + 16] = bytes[i] >> 4;
}

static void read_q4(const uint8_t *raw, bool has_min, nt_block *block) {
    block->d = load_u16(raw);
    if (has_min) block->m = load_u16(raw + 2);
    split_nibbles(raw + (has_min ? 4 : 2), block->codes);
}

static void read_q5(const uint8_t *raw, bool has_min, nt_block *block) {
    block->d = load_u16(raw);
    if (has_min) block->m = load_u16(raw + 2);
    const uint8_t *high = raw + (has_min ? 4 : 2);
    uint32_t bits;
    memcpy(&bits, high, sizeof bits);
    uint8_t low[32];
    split_nibbles(high + 4, low);
    for (int i = 0; i < 32; i++) block->codes[i] = (uint8_t)(low[i] | ((bits >> i) & 1) << 4);
}

static void read_q8(const uint8_t *raw, nt_block *block) {
    block->d = load_u16(raw);
    for (int i = 0; i < 32; i++) block->codes[i] = raw[2 + i] ^ 0x80;
}

// The 6-bit scales and minimums of Q4_K and Q5_K: the first four are whole; their top bits hold the upper bits of the
// others.
static void read_k_scales(const uint8_t *packed, nt_block *block) {
    for (int i = 0; i < 4; i++) {
        block->scales[i] = packed[i] & 63;
        block->mins[i] = packed[i + 4] & 63;
        block->scales[i + 4] = (uint8_t)((packed[i + 8] & 15) | ((packed[i] >> 6) << 4));
        block->mins[i + 4] = (uint8_t)((packed[i + 8] >> 4) | ((packed[i + 4] >> 6) << 4));
    }
}

// Each 32 bytes hold two groups: low nibbles, then high nibbles. Q5_K: bit g of byte i is the top bit of code i of
// group g.
static void read_q45_k(const uint8_t *raw, bool five_bits, nt_block *block) {
    block->d = load_u16(raw);
    block->m = load_u16(raw + 2);
    read_k_scales(raw + 4, block);
    const uint8_t *high = raw + 16, *low = raw + (five_bits ? 48 : 16);
    for (int group = 0; group < 8; group++) {
        const uint8_t *bytes = low + group / 2 * 32;
        uint8_t *codes = block->codes + group * 32;
        const int shift = group % 2 * 4;
        for (int i = 0; i < 32; i++) codes[i] = (bytes[i] >> shift) & 15;
        if (five_bits) {
            for (int i = 0; i < 32; i++) codes[i] |= (uint8_t)(((high[i] >> group) & 1) << 4);
        }
    }
}

// Each half of 128 codes: four runs of 32 codes, from 64 bytes of nibbles and 32 bytes of bit pairs.
static void read_q6_k(const uint8_t *raw, nt_block *block) {
    for (int half = 0; half < 2; half++) {
        const uint8_t *low = raw + half * 64, *high = raw + 128 + half * 32;
        uint8_t *codes = block->codes + half * 128;
        for (int i = 0; i < 32; i++) {
            codes[i] = (uint8_t)((low[i] & 15) | ((high[i] & 3) << 4));
            codes[i + 32] = (uint8_t)((low[i + 32] & 15) | (((high[i] >> 2) & 3) << 4));
            codes[i + 64] = (uint8_t)((low[i] >> 4) | (((high[i] >> 4) & 3) << 4));
            codes[i + 96] = (uint8_t)((low[i + 32] >> 4) | ((high[i] >> 6) << 4));
        }
    }
    memcpy(block->scales, raw + 192, 16);
    block->d = load_u16(raw + 208);
}

void nt_read_block(nt_dtype dtype, const uint8_t *raw, nt_block *block) {
    switch (dtype) {
    case NT_Q4_0: read_q4(raw, false, block); break;
    case NT_Q4_1: read_q4(raw, true, block); break;
    case NT_Q5_0: read_q5(raw, false, block); break;
    case NT_Q5_1: read_q5(raw, true, block); break;
    case NT_Q8_0: read_q8(raw, block); break;
    case NT_Q4_K: read_q45_k(raw, false, block); break;
    case NT_Q5_K: read_q45_k(raw, true, block); break;
    case NT_Q6_K: read_q6_k(raw, block); break;
    default: __builtin_unreachable();
    }
}

// Infinities and NaNs have all bits of the exponent set.
enum { F32_EXPONENT = 0x7F800000, F16_EXPONENT = 0x7C00, BF16_EXPONENT = 0x7F80 };

static bool is_non_finite_f16(const uint8_t *raw) { return (load_u16(raw) & F16_EXPONENT) == F16_EXPONENT; }

// Without a branch per element, so that the loop runs in vectors.
static bool has_non_finite_16(const uint8_t *raw, int64_t count, uint16_t exponent) {
    uint16_t found = 0;
    for (int64_t i = 0; i < count; i++) found |= (load_u16(raw + 2 * i) & exponent) == exponent;
    return found != 0;
}

static int64_t first_non_finite_16(const uint8_t *raw, int64_t count, uint16_t exponent) {
    if (!has_non_finite_16(raw, count, exponent)) return -1;
    int64_t i = 0;
    while ((load_u16(raw + 2 * i) & exponent) != exponent) i++;
    return i;
}

static int64_t first_non_finite_32(const uint8_t *raw, int64_t count) {
    uint32_t found = 0, word;
    for (int64_t i = 0; i < count; i++) {
        memcpy(&word, raw + 4 * i, sizeof word);
        found |= (word & F32_EXPONENT) == F32_EXPONENT;
    }
    if (found == 0) return -1;
    for (int64_t i = 0;; i++) {
        memcpy(&word, raw + 4 * i, sizeof word);
        if ((word & F32_EXPONENT) == F32_EXPONENT) return i;
    }
}

int64_t nt_first_non_finite(nt_dtype dtype, const uint8_t *raw, int64_t count) {
    switch (dtype) {
    case NT_F32: return first_non_finite_32(raw, count);
    case NT_F16: return first_non_finite_16(raw, count, F16_EXPONENT);
    case NT_BF16: return first_non_finite_16(raw, count, BF16_EXPONENT);
    default: break;
    }
    const nt_stored_format stored = NT_STORED_FORMATS[dtype];
    const bool has_min = dtype == NT_Q4_1 || dtype == NT_Q5_1 || dtype == NT_Q4_K || dtype == NT_Q5_K;
    const uint8_t *scale = raw + (dtype == NT_Q6_K ? 208 : 0);
    for (int64_t k = 0; k < count; k += stored.block_inputs, scale += stored.block_bytes) {
        if (is_non_finite_f16(scale) || (has_min && is_non_finite_f16(scale + 2))) return k;
    }
    return -1;
}

void nt_dequantize_row(nt_dtype dtype, const uint8_t *raw, int64_t count, float *output) {
    const nt_stored_format stored = NT_STORED_FORMATS[dtype];
    const nt_packed_format format = packed_format(stored.packing);
    switch (dtype) {
    case NT_F32: memcpy(output, raw, (size_t)count * 4); return;
    case NT_F16:
        for (int64_t i = 0; i < count; i++) output[i] = float_from_f16(load_u16(raw + 2 * i));
        return;
    case NT_BF16:
        for (int64_t i = 0; i < count; i++) output[i] = float_from_bf16(load_u16(raw + 2 * i));
        return;
    default: break;
    }
    nt_block block;
    for (int64_t k = 0; k < count; k += stored.block_inputs, raw += stored.block_bytes) {
        nt_read_block(dtype, raw, &block);
        for (int32_t group = 0; group < stored.block_inputs / format.group; group++) {
            float scale, offset;
            nt_block_scale(stored.packing, &block, group, &scale, &offset);
            const int32_t first = group * format.group;
            // scale * code is exact, so a product and a sum round like one fused multiply-add.
            for (int32_t i = first; i < first + format.group; i++) {
                output[k + i] = scale * (float)block.codes[i] + offset;
            }
        }
    }
}
