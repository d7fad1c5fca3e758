// The matrix kernel, written with the vector operations of simd_<isa>.h.
//
// A lane is an output: every sum runs over k in order in one accumulator, for any number of rows, and lanes are never
// added to each other. Inline functions are specialised for constant formats, row and panel counts, which keeps
// `sums[r][p]` in registers.

#include "products_body.h"

// Eight codes of a group for all columns of a panel: words with two steps of nibbles or one step of bytes, and the bits
// above the nibbles, shifted so that those of the first step are lowest.
typedef struct code_words {
    w16 low, high;
} code_words;

// Loads codes from 8 * eighth on of the group at `codes`.
NT_INLINE code_words load_codes(const int code_bits, const uint8_t *codes, const int32_t eighth) {
    code_words words;
    switch (code_bits) {
    case 8:
        words.low = w16_load(codes + eighth * 128);
        words.high = w16_load(codes + eighth * 128 + 64);
        break;
    case 6:
        words.low = w16_load(codes + eighth * 64);
        words.high = w16_shift_right(w16_load(codes + 256 + eighth / 2 * 64), eighth % 2 * 4);
        break;
    case 5:
        words.low = w16_load(codes + eighth * 64);
        words.high = w16_shift_right(w16_load(codes + 256), eighth * 2);
        break;
    default: words.low = words.high = w16_load(codes + eighth * 64); break;
    }
    return words;
}

// Code j of the eight as a float.
NT_INLINE v16 decode_code(const int code_bits, const code_words *words, const int j) {
    const int byte = j % 4 * 8, step = j / 4;
    if (code_bits == 8) return v16_bits(step == 0 ? words->low : words->high, byte, 8);
    const v16 low = v16_bits(words->low, byte + 4 * step, 4);
    if (code_bits == 4) return low;
    const int width = code_bits - 4;
    return v16_fma(v16_bits(words->high, byte + width * step, width), v16_set1(16), low);
}

// Multiplies all inputs with quantised weights; `count` is a multiple of the record.
NT_INLINE void multiply_quantized(const int code_bits, const nt_packed_format *format, const int rows, const int panels,
                                  const uint8_t *const *weights, const float *const *inputs, int64_t count,
                                  v16 (*sums)[4]) {
    int64_t record = 0;
    NO_UNROLL for (int64_t k = 0; k < count; record += format->record_bytes) {
        const int64_t codes = record + format->header_bytes;
        NO_UNROLL for (int32_t i = 0; i < format->record_inputs;) {
            v16 scale[4], offset[4];
            UNROLL for (int p = 0; p < panels; p++) {
                load_scales(format, weights[p] + record, i / format->group, &scale[p], &offset[p]);
            }
            NO_UNROLL for (int32_t end = i + format->group; i < end; i += 8, k += 8) {
                const int64_t group = codes + i / NT_GROUP * code_group_bytes(code_bits);
                UNROLL for (int p = 0; p < panels; p++) {
                    forget_loads();
                    const code_words words = load_codes(code_bits, weights[p] + group, i % NT_GROUP / 8);
                    UNROLL for (int j = 0; j < 8; j++) {
                        const v16 weight = v16_fma(scale[p], decode_code(code_bits, &words, j), offset[p]);
                        multiply_weight(rows, weight, inputs, k + j, sums, p);
                    }
                }
            }
        }
    }
}

NT_INLINE void decode_quantized(const int code_bits, const nt_packed_format *format, const uint8_t *record,
                                int64_t count, float *output) {
    for (int64_t k = 0; k < count; record += format->record_bytes) {
        const uint8_t *codes = record + format->header_bytes;
        for (int32_t i = 0; i < format->record_inputs;) {
            v16 scale, offset;
            load_scales(format, record, i / format->group, &scale, &offset);
            for (int32_t end = i + format->group; i < end; i += 8, k += 8) {
                const uint8_t *group = codes + i / NT_GROUP * code_group_bytes(code_bits);
                const code_words words = load_codes(code_bits, group, i % NT_GROUP / 8);
                UNROLL for (int j = 0; j < 8; j++) {
                    v16_store(output + (k + j) * 16, v16_fma(scale, decode_code(code_bits, &words, j), offset));
                }
            }
        }
    }
}

// Decodes inputs [first, first + count) of a panel to [count][16] float32; `first` is the start of a record.
static void decode_panel(nt_packing packing, const uint8_t *panel, int64_t first, int64_t count, float *output) {
    const nt_packed_format format = packed_format(packing);
    const uint8_t *record = panel + first / format.record_inputs * format.record_bytes;
    if (format.code_bits > 0) {
        WITH_CODE_BITS(format.code_bits, bits, decode_quantized(bits, &format, record, count, output))
    } else if (packing == NT_PACKED_BF16) {
        for (int64_t k = 0; k < count; k += 2, record += format.record_bytes) {
            const w16 pairs = w16_load(record);
            v16_store(output + k * 16, v16_low_bf16(pairs));
            if (k + 1 < count) v16_store(output + k * 16 + 16, v16_high_bf16(pairs));
        }
    } else {
        for (int64_t k = 0; k < count; k++) v16_store(output + k * 16, v16_load_f16(record + k * 32));
    }
}

// How the inner loop reads weights: plain types directly, quantised ones by the width of their codes.
typedef enum reading {
    READ_F32 = NT_F32,
    READ_F16 = NT_F16,
    READ_BF16 = NT_BF16,
    READ_CODES = 16, // plus the bits per code
} reading;

NT_INLINE void multiply_block(const reading how, const int rows, const int panels, const product_block *block) {
    v16 sums[SIMD_MAX_ROWS][4];
    const float *inputs[SIMD_MAX_ROWS];
    const uint8_t *weights[4];
    load_sums(rows, panels, block, sums);
    UNROLL for (int r = 0; r < rows; r++) {
        inputs[r] = block->tile->input + (block->row + r) * block->tile->inputs + block->first;
    }
    UNROLL for (int p = 0; p < panels; p++) weights[p] = block->weights + (size_t)p * block->panel_bytes;
    if (how <= READ_BF16) {
        multiply_plain((nt_dtype)how, rows, panels, weights, inputs, block->count, sums);
    } else {
        const nt_packed_format format = packed_format(block->tile->packing);
        multiply_quantized((int)how - READ_CODES, &format, rows, panels, weights, inputs, block->count, sums);
    }
    store_sums(rows, panels, block, sums);
}

// Multiplies the block's panels with `rows` rows, as many panels at once as fit into registers.
NT_INLINE void multiply_rows(const reading how, const int rows, product_block block) {
    const int wide = how == READ_F32 ? SIMD_PANELS(rows) : SIMD_DECODED_PANELS(rows);
    for (int64_t taken; block.panel < block.panel_end; block.panel += taken) {
        const int64_t left = block.panel_end - block.panel;
        if (wide >= 4 && left >= 4) {
            multiply_block(how, rows, 4, &block);
            taken = 4;
        } else if (wide >= 2 && left >= 2) {
            multiply_block(how, rows, 2, &block);
            taken = 2;
        } else {
            multiply_block(how, rows, 1, &block);
            taken = 1;
        }
        block.weights += (size_t)taken * block.panel_bytes;
    }
}

// Multiplies all rows of the tile, in nearly equal groups of at most `most`.
NT_INLINE void multiply_all(const reading how, const int most, product_block block) {
    const int64_t end = block.tile->rows;
    for (int64_t groups = ceil_div(end, most); groups > 0; groups--) {
        const int64_t rows = ceil_div(end - block.row, groups);
        WITH_ROW_COUNT(rows, count, if (count <= most) multiply_rows(how, count, block))
        block.row += rows;
    }
}

// float32 panels: plain weights or decoded ones.
static void multiply_floats(product_block block) { multiply_all(READ_F32, SIMD_MAX_ROWS, block); }

// Up to this many rows decode weights in registers. More rows share weights decoded once, one chunk of inputs at a
// time.
enum { DIRECT_ROWS = 4 };

static void multiply_direct(product_block block) {
    switch (block.tile->packing) {
    case NT_PACKED_F16: multiply_all(READ_F16, DIRECT_ROWS, block); break;
    case NT_PACKED_BF16: multiply_all(READ_BF16, DIRECT_ROWS, block); break;
    default:
        WITH_CODE_BITS(packed_format(block.tile->packing).code_bits, bits,
                       multiply_all((reading)(READ_CODES + bits), DIRECT_ROWS, block))
    }
}

static void multiply_decoded(product_block block, float *scratch) {
    const nt_linear_tile *tile = block.tile;
    for (int64_t p = 0; p < tile->panel_count; p++) {
        decode_panel(tile->packing, tile->panels + (size_t)p * tile->panel_bytes, block.first, block.count,
                     scratch + p * block.count * NT_PANEL);
    }
    block.weights = (const uint8_t *)scratch;
    block.panel_bytes = (size_t)block.count * NT_PANEL * sizeof(float);
    multiply_floats(block);
}

static void linear(const nt_linear_tile *tile, float *scratch) {
    product_block block = {
        .tile = tile,
        .weights = tile->panels,
        .panel_bytes = tile->panel_bytes,
        .panel_end = tile->panel_count,
        .count = tile->inputs,
    };
    if (tile->packing == NT_PACKED_F32 && tile->rows <= SIMD_MAX_ROWS) {
        multiply_floats(block);
        return;
    }
    if (tile->packing != NT_PACKED_F32 && tile->rows <= DIRECT_ROWS) {
        multiply_direct(block);
        return;
    }
    for (; block.first < tile->inputs; block.first += block.count) {
        block.count = min_i64(NT_LINEAR_CHUNK, tile->inputs - block.first);
        if (tile->packing == NT_PACKED_F32) {
            block.weights = tile->panels + block.first * 64;
            multiply_floats(block);
        } else {
            multiply_decoded(block, scratch);
        }
    }
}
