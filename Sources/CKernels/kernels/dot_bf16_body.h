// Products of bfloat16 weights and inputs with dot-product instructions. A lane adds the two products of a pair with
// the instruction's own rounding, pairs in order, equally for any number of rows.

// Transposes sixteen rows of sixteen words, in steps of 32, 64, 128 and 256 bits.
NT_INLINE void transpose(w16 *rows) {
    w16 words[16];
    UNROLL for (int i = 0; i < 16; i += 2) {
        words[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
        words[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
    }
    UNROLL for (int i = 0; i < 16; i += 4) {
        UNROLL for (int j = 0; j < 2; j++) {
            rows[i + 2 * j] = _mm512_unpacklo_epi64(words[i + j], words[i + j + 2]);
            rows[i + 2 * j + 1] = _mm512_unpackhi_epi64(words[i + j], words[i + j + 2]);
        }
    }
    // Vector 4 * i + j now holds words j, 4 + j, 8 + j and 12 + j of the four rows from 4 * i on.
    UNROLL for (int j = 0; j < 4; j++) {
        UNROLL for (int half = 0; half < 2; half++) {
            const w16 first = rows[8 * half + j], second = rows[8 * half + j + 4];
            words[8 * half + j] = _mm512_shuffle_i32x4(first, second, 0x88);
            words[8 * half + j + 4] = _mm512_shuffle_i32x4(first, second, 0xDD);
        }
    }
    UNROLL for (int j = 0; j < 4; j++) {
        rows[j] = _mm512_shuffle_i32x4(words[j], words[8 + j], 0x88);
        rows[8 + j] = _mm512_shuffle_i32x4(words[j], words[8 + j], 0xDD);
        rows[4 + j] = _mm512_shuffle_i32x4(words[4 + j], words[12 + j], 0x88);
        rows[12 + j] = _mm512_shuffle_i32x4(words[4 + j], words[12 + j], 0xDD);
    }
}

// Loads sixteen pairs of a row from input k on, zero after its end.
NT_INLINE w16 load_pairs(const float *row, int64_t k, int64_t count) {
    const v16 low = load_lanes(row + k, lanes_at(k, count));
    const v16 high = k + 16 < count ? load_lanes(row + k + 16, lanes_at(k + 16, count)) : v16_zero();
    const __m512i words = _mm512_castsi256_si512(_mm512_cvtepi32_epi16(nearest_bf16(low)));
    return _mm512_inserti64x4(words, _mm512_cvtepi32_epi16(nearest_bf16(high)), 1);
}

void nt_bf16_store_pairs(const float *rows, int64_t row_count, int64_t count, uint32_t *output, int64_t block_rows) {
    for (int64_t first = 0; first < row_count; first += 16) {
        const int64_t used = min_i64(16, row_count - first);
        for (int64_t k = 0; k < count; k += 32) {
            w16 words[16];
            UNROLL for (int r = 0; r < 16; r++) {
                words[r] = load_pairs(rows + (first + min_i64(r, used - 1)) * count, k, count);
            }
            transpose(words);
            const int64_t pairs = min_i64(16, ceil_div(count - k, 2));
            UNROLL for (int pair = 0; pair < 16; pair++) {
                if (pair >= pairs) break;
                uint32_t *target = output + (k / 2 + pair) * block_rows + first;
                _mm512_mask_storeu_epi32(target, lanes_below((int32_t)used), words[pair]);
            }
        }
    }
}

// Bytes of weights to prefetch: as many as arrive while the same number of bytes is multiplied.
enum { DOT_AHEAD = 2048 };

// Multiplies the row block that begins at `row` with `panels` panels from `panel` on.
NT_INLINE void dot_block(const int rows, const int panels, const nt_linear_tile *tile, int64_t panel, int64_t row) {
    v16 sums[NT_PAIR_ROWS][4];
    const int64_t pair_count = ceil_div(tile->inputs, 2);
    const uint8_t *weights = tile->panels + (size_t)panel * tile->panel_bytes;
    const uint32_t *input = tile->pairs + row * pair_count;
    UNROLL for (int r = 0; r < rows; r++) { UNROLL for (int p = 0; p < panels; p++) sums[r][p] = v16_zero(); }
    for (int64_t pair = 0; pair < pair_count; pair++, weights += 64, input += rows) {
        UNROLL for (int p = 0; p < panels; p++) {
            const uint8_t *line = weights + (size_t)p * tile->panel_bytes;
            if (panels < 4) __builtin_prefetch(line + DOT_AHEAD, 0, 3);
            const __m512bh weight = (__m512bh)w16_load(line);
            UNROLL for (int r = 0; r < rows; r++) {
                sums[r][p] = _mm512_dpbf16_ps(sums[r][p], weight, (__m512bh)_mm512_set1_epi32((int32_t)input[r]));
            }
        }
    }
    const int64_t used = min_i64(rows, tile->rows - row);
    UNROLL for (int p = 0; p < panels; p++) {
        const int64_t column = (panel + p) * NT_PANEL;
        const int32_t lanes = lanes_at(column, tile->columns);
        const v16 bias = tile->bias != NULL ? load_lanes(tile->bias + column, lanes) : v16_zero();
        UNROLL for (int r = 0; r < rows; r++) {
            if (r >= used) break;
            const v16 sum = tile->bias != NULL ? v16_add(sums[r][p], bias) : sums[r][p];
            store_lanes(tile->output + (row + r) * tile->output_stride + column, sum, lanes);
        }
    }
}

// With few rows, several panels are multiplied at once, so that enough sums hide the instruction's latency. With many
// rows it is one panel, so that each line of weights lasts until the next ones arrive.
NT_INLINE void dot_panels(const int rows, const nt_linear_tile *tile) {
    const int most = rows <= NT_PAIR_ROWS / 4 ? 4 : rows <= NT_PAIR_ROWS / 2 ? 2 : 1;
    for (int64_t panel = 0, taken; panel < tile->panel_count; panel += taken) {
        const int64_t left = tile->panel_count - panel;
        taken = most == 4 && left >= 4 ? 4 : most >= 2 && left >= 2 ? 2 : 1;
        for (int64_t row = 0; row < tile->rows; row += rows) {
            if (most == 4 && taken == 4) {
                dot_block(rows, 4, tile, panel, row);
            } else if (most >= 2 && taken == 2) {
                dot_block(rows, 2, tile, panel, row);
            } else {
                dot_block(rows, 1, tile, panel, row);
            }
        }
    }
}

// clang-format off: one case per line.
void nt_bf16_linear_pairs(const nt_linear_tile *tile) {
    switch (tile->block_rows) {
    case 1: dot_panels(1, tile); break;
    case 2: dot_panels(2, tile); break;
    case 3: dot_panels(3, tile); break;
    case 4: dot_panels(4, tile); break;
    case 6: dot_panels(6, tile); break;
    case 8: dot_panels(8, tile); break;
    case 10: dot_panels(10, tile); break;
    case 12: dot_panels(12, tile); break;
    case 14: dot_panels(14, tile); break;
    case 16: dot_panels(16, tile); break;
    case 18: dot_panels(18, tile); break;
    case 20: dot_panels(20, tile); break;
    case 22: dot_panels(22, tile); break;
    case 24: dot_panels(24, tile); break;
    default: __builtin_unreachable();
    }
}
// clang-format on
