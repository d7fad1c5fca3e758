// The inner product of plain weights, and blocks of a tile's outputs, written with the vector operations of
// simd_<isa>.h.

#include "scales_body.h"

// Multiplies the weights of input k in one panel into the sums of all rows.
NT_INLINE void multiply_weight(const int rows, v16 weight, const float *const *inputs, int64_t k, v16 (*sums)[4],
                               const int panel) {
    UNROLL for (int r = 0; r < rows; r++) sums[r][panel] = v16_fma(weight, v16_set1(inputs[r][k]), sums[r][panel]);
}

// Multiplies inputs [0, count) with weights of a plain type.
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

// A block of rows and panels of a tile, and the range of inputs that its weights cover.
typedef struct product_block {
    const nt_linear_tile *tile;
    const uint8_t *weights;   // those of `panel`, from input `first` on
    size_t panel_bytes;       // distance to the next panel's weights
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

// Loads the sums from the output, or zeros for the first inputs.
NT_INLINE void load_sums(const int rows, const int panels, const product_block *block, v16 (*sums)[4]) {
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int p = 0; p < panels; p++) {
            sums[r][p] = v16_zero();
            if (block->first > 0) sums[r][p] = load_lanes(block_output(block, r, p), block_lanes(block, p));
        }
    }
}

// Stores the sums, with the bias added once they are complete.
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
