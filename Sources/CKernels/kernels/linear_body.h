// The matrix kernel over the vector vocabulary of simd_<isa>.h.
//
// A lane is an output: every sum runs over k in order in one accumulator, for any number of rows, and nothing is ever
// added across lanes. Functions marked inline are made for constant formats and row and panel counts; `sums[r][p]` then
// lives in registers.

#define UNROLL _Pragma("clang loop unroll(full)")
#define NO_UNROLL _Pragma("clang loop unroll(disable)")

// Keeps the compiler from holding what it loaded in registers for the next panel or input: there are too few, and
// loading a weight or a broadcast again costs nothing.
NT_INLINE void forget_loads(void) { __asm__ volatile("" : : : "memory"); }

// Multiplies the weight vector of input k (one panel) into the sums of all rows.
NT_INLINE void multiply_weight(const int rows, v16 weight, const float *const *inputs, int64_t k, v16 (*sums)[4],
                               const int panel) {
    UNROLL for (int r = 0; r < rows; r++) sums[r][panel] = v16_fma(weight, v16_set1(inputs[r][k]), sums[r][panel]);
}

// Plain types, inputs [0, count).
NT_INLINE void multiply_plain(const nt_dtype dtype, const int rows, const int panels, const uint8_t *const *weights,
                              const float *const *inputs, int64_t count, v16 (*sums)[4]) {
    if (dtype == NT_BF16) {
        int64_t k = 0;
        for (; k + 1 < count; k += 2) {
            UNROLL for (int p = 0; p < panels; p++) {
                if (p > 0) forget_loads();
                multiply_weight(rows, v16_low_bf16(w16_load(weights[p] + k * 32)), inputs, k, sums, p);
                forget_loads();
                multiply_weight(rows, v16_high_bf16(w16_load(weights[p] + k * 32)), inputs, k + 1, sums, p);
            }
        }
        if (k < count) {
            UNROLL for (int p = 0; p < panels; p++) {
                multiply_weight(rows, v16_low_bf16(w16_load(weights[p] + k * 32)), inputs, k, sums, p);
            }
        }
        return;
    }
    for (int64_t k = 0; k < count; k++) {
        UNROLL for (int p = 0; p < panels; p++) {
            if (p > 0) forget_loads();
            const v16 weight =
                dtype == NT_F32 ? v16_load((const float *)(weights[p] + k * 64)) : v16_load_f16(weights[p] + k * 32);
            multiply_weight(rows, weight, inputs, k, sums, p);
        }
    }
}

// Scale and offset of one group of a record; see formats.h.
NT_INLINE void load_scales(const nt_format *format, const uint8_t *record, int32_t group, v16 *scale, v16 *offset) {
    const v16 d = v16_load_f16(record);
    switch (format->scales) {
    case NT_SCALES_MIN:
        *scale = d;
        *offset = v16_load_f16(record + 32);
        break;
    case NT_SCALES_K_MIN: {
        const uint8_t *scales = record + 64 + group * 32;
        *scale = v16_mul(d, v16_load_u8(scales));
        *offset = v16_sub(v16_zero(), v16_mul(v16_load_f16(record + 32), v16_load_u8(scales + 16)));
        break;
    }
    default:
        *scale = format->scales == NT_SCALES_K_BIAS ? v16_mul(d, v16_load_i8(record + 32 + group * 16)) : d;
        *offset = v16_mul(*scale, v16_set1(-format->bias));
        break;
    }
}

// Weight j of the eight whose codes begin at `codes`, for one panel.
NT_INLINE v16 decode_weight(const int code_bits, const uint8_t *codes, const int j, v16 scale, v16 offset) {
    const v16 code = code_bits == 4 ? v16_nibble(w16_load(codes), j) : v16_load_u8(codes + j * 16);
    return v16_fma(scale, code, offset);
}

// Quantised types, all inputs; `count` is a multiple of the record.
NT_INLINE void multiply_quantized(const int code_bits, const nt_format *format, const int rows, const int panels,
                                  const uint8_t *const *weights, const float *const *inputs, int64_t count,
                                  v16 (*sums)[4]) {
    int64_t record = 0;
    NO_UNROLL for (int64_t k = 0; k < count; record += format->record_bytes) {
        int64_t codes = record + format->header_bytes;
        NO_UNROLL for (int32_t group = 0; group < format->record_inputs / format->group; group++) {
            v16 scale[4], offset[4];
            UNROLL for (int p = 0; p < panels; p++) {
                load_scales(format, weights[p] + record, group, &scale[p], &offset[p]);
            }
            NO_UNROLL for (int32_t i = 0; i < format->group; i += 8, k += 8, codes += 16 * code_bits) {
                UNROLL for (int p = 0; p < panels; p++) {
                    forget_loads();
                    UNROLL for (int j = 0; j < 8; j++) {
                        const v16 weight = decode_weight(code_bits, weights[p] + codes, j, scale[p], offset[p]);
                        multiply_weight(rows, weight, inputs, k + j, sums, p);
                    }
                }
            }
        }
    }
}

NT_INLINE void decode_quantized(const int code_bits, const nt_format *format, const uint8_t *record, int64_t count,
                                float *output) {
    for (int64_t k = 0; k < count; record += format->record_bytes) {
        const uint8_t *codes = record + format->header_bytes;
        for (int32_t group = 0; group < format->record_inputs / format->group; group++) {
            v16 scale, offset;
            load_scales(format, record, group, &scale, &offset);
            for (int32_t i = 0; i < format->group; i += 8, k += 8, codes += 16 * code_bits) {
                UNROLL for (int j = 0; j < 8; j++) {
                    v16_store(output + (k + j) * 16, decode_weight(code_bits, codes, j, scale, offset));
                }
            }
        }
    }
}

// Decodes inputs [first, first + count) of a panel into [count][16] float32; `first` begins a record.
static void decode_panel(nt_dtype dtype, const uint8_t *panel, int64_t first, int64_t count, float *output) {
    const nt_format format = format_of(dtype);
    const uint8_t *record = panel + first / format.record_inputs * format.record_bytes;
    if (format.code_bits == 4) {
        decode_quantized(4, &format, record, count, output);
    } else if (format.code_bits == 8) {
        decode_quantized(8, &format, record, count, output);
    } else if (dtype == NT_BF16) {
        for (int64_t k = 0; k < count; k += 2, record += format.record_bytes) {
            const w16 pairs = w16_load(record);
            v16_store(output + k * 16, v16_low_bf16(pairs));
            if (k + 1 < count) v16_store(output + k * 16 + 16, v16_high_bf16(pairs));
        }
    } else {
        for (int64_t k = 0; k < count; k++) v16_store(output + k * 16, v16_load_f16(record + k * 32));
    }
}

// A block of rows and panels of a tile, and the inputs that its weights are for.
typedef struct product_block {
    const nt_linear_tile *tile;
    const uint8_t *weights;   // of panel `panel` from input `first` on
    size_t panel_bytes;       // from there to the next panel's
    int64_t row;              // first row
    int64_t panel, panel_end; // panels
    int64_t first, count;     // inputs
} product_block;

NT_INLINE float *block_output(const product_block *block, int row, int panel) {
    return block->tile->output + (block->row + row) * block->tile->output_stride + (block->panel + panel) * NT_PANEL;
}

NT_INLINE int32_t block_lanes(const product_block *block, int panel) {
    return lanes_at((block->panel + panel) * NT_PANEL, block->tile->columns);
}

// Continues the sums that the output holds, or begins them.
NT_INLINE void load_sums(const int rows, const int panels, const product_block *block, v16 (*sums)[4]) {
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int p = 0; p < panels; p++) {
            sums[r][p] = v16_zero();
            if (block->first > 0) sums[r][p] = load_lanes(block_output(block, r, p), block_lanes(block, p));
        }
    }
}

// Stores the sums; the bias is added when they are complete.
NT_INLINE void store_sums(const int rows, const int panels, const product_block *block, v16 (*sums)[4]) {
    const bool complete = block->first + block->count == block->tile->inputs;
    const float *bias = complete ? block->tile->bias : NULL;
    UNROLL for (int p = 0; p < panels; p++) {
        const int32_t lanes = block_lanes(block, p);
        UNROLL for (int r = 0; r < rows; r++) {
            v16 sum = sums[r][p];
            if (bias != NULL) sum = v16_add(sum, load_lanes(bias + (block->panel + p) * NT_PANEL, lanes));
            store_lanes(block_output(block, r, p), sum, lanes);
        }
    }
}

// How weights are read in the inner loop: plain types as they are, quantised ones by the width of their codes.
typedef enum reading { READ_F32 = NT_F32, READ_F16 = NT_F16, READ_BF16 = NT_BF16, READ_4_BITS, READ_8_BITS } reading;

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
        const nt_format format = format_of(block->tile->dtype);
        const int code_bits = how == READ_4_BITS ? 4 : 8;
        multiply_quantized(code_bits, &format, rows, panels, weights, inputs, block->count, sums);
    }
    store_sums(rows, panels, block, sums);
}

// The block's panels with `rows` rows: as many at once as fit the registers.
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

// All rows of the tile in nearly equal groups of at most `most`.
NT_INLINE void multiply_all(const reading how, const int most, product_block block) {
    const int64_t end = block.tile->rows;
    for (int64_t groups = ceil_div(end, most); groups > 0; groups--) {
        const int64_t rows = ceil_div(end - block.row, groups);
        WITH_ROW_COUNT(rows, count, if (count <= most) multiply_rows(how, count, block))
        block.row += rows;
    }
}

// float32 panels: the weights themselves, or decoded ones.
static void multiply_floats(product_block block) { multiply_all(READ_F32, SIMD_MAX_ROWS, block); }

// Few rows decode weights in registers; more share weights that were decoded once, a chunk of inputs at a time.
enum { DIRECT_ROWS = 4 };

static void multiply_direct(product_block block) {
    switch (block.tile->dtype) {
    case NT_F16: multiply_all(READ_F16, DIRECT_ROWS, block); break;
    case NT_BF16: multiply_all(READ_BF16, DIRECT_ROWS, block); break;
    default:
        if (format_of(block.tile->dtype).code_bits == 4) {
            multiply_all(READ_4_BITS, DIRECT_ROWS, block);
        } else {
            multiply_all(READ_8_BITS, DIRECT_ROWS, block);
        }
    }
}

static void multiply_decoded(product_block block, float *scratch) {
    const nt_linear_tile *tile = block.tile;
    for (int64_t p = 0; p < tile->panel_count; p++) {
        decode_panel(tile->dtype, tile->panels + (size_t)p * tile->panel_bytes, block.first, block.count,
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
    if (tile->dtype == NT_F32 && tile->rows <= SIMD_MAX_ROWS) {
        multiply_floats(block);
        return;
    }
    if (tile->dtype != NT_F32 && tile->rows <= DIRECT_ROWS) {
        multiply_direct(block);
        return;
    }
    for (; block.first < tile->inputs; block.first += block.count) {
        block.count = min_i64(NT_LINEAR_CHUNK, tile->inputs - block.first);
        if (tile->dtype == NT_F32) {
            block.weights = tile->panels + block.first * 64;
            multiply_floats(block);
        } else {
            multiply_decoded(block, scratch);
        }
    }
}
