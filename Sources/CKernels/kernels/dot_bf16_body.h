// bfloat16 weights with bfloat16 inputs by dot-product instruction: a lane adds the two products of a pair in the
// instruction's own rounding, pairs in order, the same for any number of rows.

NT_INLINE void dot_block(const int rows, const int panels, const product_block *block) {
    v16 sums[SIMD_MAX_ROWS][4];
    const uint32_t *inputs[SIMD_MAX_ROWS];
    const int64_t pair_count = ceil_div(block->tile->inputs, 2);
    load_sums(rows, panels, block, sums);
    UNROLL for (int r = 0; r < rows; r++) inputs[r] = block->tile->pairs + (block->row + r) * pair_count;
    for (int64_t pair = 0; pair < pair_count; pair++) {
        UNROLL for (int p = 0; p < panels; p++) {
            const uint8_t *panel = block->weights + (size_t)p * block->panel_bytes;
            const __m512bh weight = (__m512bh)w16_load(panel + pair * 64);
            UNROLL for (int r = 0; r < rows; r++) {
                const __m512bh input = (__m512bh)_mm512_set1_epi32((int32_t)inputs[r][pair]);
                sums[r][p] = _mm512_dpbf16_ps(sums[r][p], weight, input);
            }
        }
    }
    store_sums(rows, panels, block, sums);
}

NT_INLINE void dot_rows(const int rows, product_block block) {
    for (int64_t taken; block.panel < block.panel_end; block.panel += taken) {
        const int64_t left = block.panel_end - block.panel;
        if (left >= 4) {
            dot_block(rows, 4, &block);
            taken = 4;
        } else if (left >= 2) {
            dot_block(rows, 2, &block);
            taken = 2;
        } else {
            dot_block(rows, 1, &block);
            taken = 1;
        }
        block.weights += (size_t)taken * block.panel_bytes;
    }
}

void nt_bf16_linear_pairs(const nt_linear_tile *tile) {
    product_block block = {
        .tile = tile,
        .weights = tile->panels,
        .panel_bytes = tile->panel_bytes,
        .panel_end = tile->panel_count,
        .count = tile->inputs,
    };
    for (int64_t groups = ceil_div(tile->rows, SIMD_MAX_ROWS); groups > 0; groups--) {
        const int64_t rows = ceil_div(tile->rows - block.row, groups);
        WITH_ROW_COUNT(rows, count, dot_rows(count, block))
        block.row += rows;
    }
}
