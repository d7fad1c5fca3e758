// Attention over one partition of keys, written with the vector operations of simd_<isa>.h.

// Row `r` of the pairs: dimensions of a query, or weights of neighbouring keys.
NT_INLINE uint32_t *pair_row(const nt_attention_group *group, int r) {
    const int32_t wide = (group->head_dim + 15) / 16 * 16;
    return group->pairs + r * ((wide > NT_PARTITION ? wide : NT_PARTITION) / 2);
}

#if SIMD_BF16
// Multiplies pairs of dimensions with dot-product instructions.
NT_INLINE void multiply_pairs(const int rows, const int panels, const nt_attention_group *group, int32_t tile,
                              v16 (*sums)[4]) {
    for (int32_t pair = 0; pair < group->head_dim / 2; pair++) {
        UNROLL for (int p = 0; p < panels; p++) {
            const w16 keys = w16_load(group->key_tiles[tile + p] + pair * 64);
            __builtin_prefetch(group->after_keys[tile + p] + pair * 64, 0, 2);
            UNROLL for (int r = 0; r < rows; r++) {
                sums[r][p] = v16_dot_pairs(sums[r][p], keys, w16_broadcast(pair_row(group, r) + pair));
            }
        }
    }
}
#endif

// Subtracts a row's slope times the distance from the query to each of the 16 keys of a tile.
NT_INLINE v16 add_slope(const nt_attention_group *group, const int row, int32_t tile, v16 score) {
    static const float places[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const v16 distance = v16_sub(v16_set1(group->distances[row] - (float)(tile * 16)), v16_load(places));
    return v16_fnma(v16_set1(group->slopes[row]), distance, score);
}

// Computes the rows' scores, scaled, sloped and capped, with the 16 keys of each of `panels` consecutive tiles from
// `tile` on.
NT_INLINE void score_tiles(const nt_dtype dtype, const int rows, const int panels, const nt_attention_group *group,
                           int32_t tile) {
    v16 sums[SIMD_MAX_ROWS][4];
    UNROLL for (int r = 0; r < rows; r++) { UNROLL for (int p = 0; p < panels; p++) sums[r][p] = v16_zero(); }
#if SIMD_BF16
    if (dtype == NT_BF16) multiply_pairs(rows, panels, group, tile, sums);
#endif
    if (dtype != NT_BF16 || !SIMD_BF16) {
        multiply_plain(dtype, rows, panels, group->key_tiles + tile, group->queries, group->head_dim, sums);
    }
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int p = 0; p < panels; p++) {
            v16 score = v16_mul(sums[r][p], v16_set1(group->scale));
            if (group->has_slopes) score = add_slope(group, r, tile + p, score);
            if (group->soft_cap > 0) score = v16_soft_cap(score, group->soft_cap);
            v16_store(group->scores + r * NT_PARTITION + (tile + p) * 16, score);
        }
    }
}

// Computes the scores of all tiles that any row sees.
NT_INLINE void score_rows(const nt_dtype dtype, const int rows, const nt_attention_group *group) {
    int32_t first = group->first[0], last = group->last[0];
    for (int r = 1; r < rows; r++) {
        first = group->first[r] < first ? group->first[r] : first;
        last = group->last[r] > last ? group->last[r] : last;
    }
    const int wide = SIMD_PANELS(rows), end = (last + 15) / 16;
    for (int32_t tile = first / 16; tile < end;) {
        if (wide >= 4 && end - tile >= 4) {
            score_tiles(dtype, rows, 4, group, tile);
            tile += 4;
        } else if (wide >= 2 && end - tile >= 2) {
            score_tiles(dtype, rows, 2, group, tile);
            tile += 2;
        } else {
            score_tiles(dtype, rows, 1, group, tile);
            tile += 1;
        }
    }
}

// Turns a row's scores into weights exp(score - maximum), rounded if values are bfloat16. Keys that the row does not
// see get weight 0 by selection.
static void softmax_row(nt_attention_group *group, int32_t row) {
    float *scores = group->scores + row * NT_PARTITION;
    const int32_t first = group->first[row], last = group->last[row];
    const v16 lowest = v16_set1(-INFINITY);
    v16 largest = lowest;
    for (int32_t key = first / 16 * 16; key < last; key += 16) {
        v16 score = v16_load(scores + key);
        if (key < first || key + 16 > last) {
            score = v16_keep(score, first - key, last - key, lowest);
            v16_store(scores + key, score);
        }
        largest = v16_max(score, largest);
    }
    const float maximum = v16_largest(largest);
    v16 sum = v16_zero();
    for (int32_t key = first / 16 * 16; key < last; key += 16) {
        v16 weight = v16_exp(v16_sub(v16_load(scores + key), v16_set1(maximum)));
        if (key < first || key + 16 > last) weight = v16_keep(weight, first - key, last - key, v16_zero());
#if SIMD_BF16
        if (group->dtype == NT_BF16 && group->value_offset < 0) {
            sum = v16_add(sum, v16_store_pairs(pair_row(group, row) + key / 2, weight));
            continue;
        }
#endif
        if (group->dtype == NT_BF16) weight = v16_round_bf16(weight);
        v16_store(scores + key, weight);
        sum = v16_add(sum, weight);
    }
    group->maximum[row] = maximum;
    group->sum[row] = v16_sum(sum);
}

// Loads the first `lanes` of 16 elements of a value row.
NT_INLINE v16 load_value(const nt_dtype dtype, const uint8_t *value, int32_t lanes) {
    if (dtype == NT_F32) return load_lanes((const float *)value, lanes);
    uint16_t rest[16] = {0};
    if (lanes < 16) {
        memcpy(rest, value, (size_t)lanes * 2);
        value = (const uint8_t *)rest;
    }
    return dtype == NT_F16 ? v16_load_f16(value) : v16_load_bf16(value);
}

// Adds weight * value for keys [first, last) to the outputs of `rows` rows from `row` on: `chunks` vectors of
// dimensions from `d` on. `lanes` is below 16 at the end of a head, where `chunks` is 1.
NT_INLINE void add_chunks(const nt_dtype dtype, const int rows, const int chunks, const nt_attention_group *group,
                          int row, int32_t first, int32_t last, int32_t d, int32_t lanes) {
    const int64_t element = dtype == NT_F32 ? 4 : 2, stride = group->head_dim * element;
    const float *weights = group->scores + row * NT_PARTITION;
    v16 sums[SIMD_MAX_ROWS][4];
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int c = 0; c < chunks; c++) {
            sums[r][c] = load_lanes(group->outputs[row + r] + d + c * 16, lanes);
        }
    }
    for (int32_t key = first; key < last;) {
        const uint8_t *value = group->value_tiles[key / 16] + key % 16 * stride + d * element;
        const int32_t end = last < (key / 16 + 1) * 16 ? last : (key / 16 + 1) * 16;
        for (; key < end; key++, value += stride) {
            UNROLL for (int c = 0; c < chunks; c++) {
                const v16 values = load_value(dtype, value + c * 16 * element, lanes);
                UNROLL for (int r = 0; r < rows; r++) {
                    sums[r][c] = v16_fma(values, v16_set1(weights[r * NT_PARTITION + key]), sums[r][c]);
                }
            }
        }
    }
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int c = 0; c < chunks; c++) {
            store_lanes(group->outputs[row + r] + d + c * 16, sums[r][c], lanes);
        }
    }
}

// Like add_chunks, for bfloat16 values and pairs of keys. A half of a pair that is outside [first, last) is replaced by
// zero, never multiplied.
NT_INLINE void add_pair_chunks(const int rows, const int chunks, const nt_attention_group *group, int row,
                               int32_t first, int32_t last, int32_t d, int32_t lanes) {
    const float *weights = group->scores + row * NT_PARTITION;
    v16 sums[SIMD_MAX_ROWS][4];
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int c = 0; c < chunks; c++) {
            sums[r][c] = load_lanes(group->outputs[row + r] + d + c * 16, lanes);
        }
    }
    for (int32_t key = first / 2 * 2; key < last; key += 2) {
        const uint8_t *tile = group->value_tiles[key / 16] + (key % 16 / 2 * group->head_dim + d) * 4;
        w16 seen = w16_set1(-1);
        if (key < first) seen = w16_set1((int32_t)0xFFFF0000);
        if (key + 1 >= last) seen = w16_and(seen, w16_set1(0xFFFF));
        const uint8_t *after = group->after_values[key / 16] + (key % 16 / 2 * group->head_dim + d) * 4;
        UNROLL for (int c = 0; c < chunks; c++) {
            __builtin_prefetch(after + c * 64, 0, 2);
            const w16 values = w16_and(w16_load_lanes(tile + c * 64, lanes), seen);
            UNROLL for (int r = 0; r < rows; r++) {
#if SIMD_BF16
                const w16 pair = w16_broadcast(pair_row(group, row + r) + key / 2);
                sums[r][c] = v16_dot_pairs(sums[r][c], values, pair);
#else
                const float *pair = weights + r * NT_PARTITION + key;
                sums[r][c] = v16_fma(v16_low_bf16(values), v16_set1(pair[0]), sums[r][c]);
                sums[r][c] = v16_fma(v16_high_bf16(values), v16_set1(pair[1]), sums[r][c]);
#endif
            }
        }
    }
    (void)weights;
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int c = 0; c < chunks; c++) {
            store_lanes(group->outputs[row + r] + d + c * 16, sums[r][c], lanes);
        }
    }
}

NT_INLINE void add_some(const nt_dtype dtype, const int rows, const int chunks, const nt_attention_group *group,
                        int row, int32_t first, int32_t last, int32_t d, int32_t lanes) {
    if (dtype == NT_BF16) {
        add_pair_chunks(rows, chunks, group, row, first, last, d, lanes);
    } else {
        add_chunks(dtype, rows, chunks, group, row, first, last, d, lanes);
    }
}

// Adds the weighted values of all dimensions.
NT_INLINE void add_values(const nt_dtype dtype, const int rows, const nt_attention_group *group, int row, int32_t first,
                          int32_t last) {
    if (first >= last) return;
    const int wide = SIMD_PANELS(rows);
    for (int32_t d = 0; d < group->head_dim;) {
        const int32_t left = group->head_dim - d;
        if (wide >= 4 && left >= 64) {
            add_some(dtype, rows, 4, group, row, first, last, d, 16);
            d += 64;
        } else if (wide >= 2 && left >= 32) {
            add_some(dtype, rows, 2, group, row, first, last, d, 16);
            d += 32;
        } else if (left >= 16) {
            add_some(dtype, rows, 1, group, row, first, last, d, 16);
            d += 16;
        } else {
            add_some(dtype, rows, 1, group, row, first, last, d, left);
            d += left;
        }
    }
}

static void add_one_row(nt_dtype dtype, const nt_attention_group *group, int row, int32_t first, int32_t last) {
    switch (dtype) {
    case NT_F16: add_values(NT_F16, 1, group, row, first, last); break;
    case NT_BF16: add_values(NT_BF16, 1, group, row, first, last); break;
    default: add_values(NT_F32, 1, group, row, first, last); break;
    }
}

#include "key_values_body.h"

// Keys that all rows see are loaded once for all, in whole pairs. Keys before and after them are processed row by row,
// in order within each row.
NT_INLINE void attend_rows(const nt_dtype dtype, const int rows, nt_attention_group *group) {
    int32_t first = 0, last = NT_PARTITION;
    if (dtype == NT_BF16 && SIMD_BF16) {
        for (int r = 0; r < rows; r++) store_row(NT_BF16, group->queries[r], group->head_dim, pair_row(group, r));
    }
    score_rows(dtype, rows, group);
    for (int r = 0; r < rows; r++) softmax_row(group, r);
    if (group->value_offset >= 0) {
        add_all_values_of_keys(dtype, rows, group);
        return;
    }
    for (int r = 0; r < rows; r++) {
        memset(group->outputs[r], 0, (size_t)group->head_dim * sizeof(float));
        first = group->first[r] > first ? group->first[r] : first;
        last = group->last[r] < last ? group->last[r] : last;
    }
    first = (first + 1) / 2 * 2;
    last = last / 2 * 2;
    if (first >= last) {
        for (int r = 0; r < rows; r++) add_one_row(dtype, group, r, group->first[r], group->last[r]);
        return;
    }
    for (int r = 0; r < rows; r++) add_one_row(dtype, group, r, group->first[r], first);
    add_values(dtype, rows, group, 0, first, last);
    for (int r = 0; r < rows; r++) add_one_row(dtype, group, r, last, group->last[r]);
}

NT_INLINE void attend_dtype(const nt_dtype dtype, nt_attention_group *group){
    WITH_ROW_COUNT(group -> rows, rows, attend_rows(dtype, rows, group))}

ATTEND_GROUP_LINKAGE void ATTEND_GROUP_NAME(nt_attention_group *group) {
    switch (group->dtype) {
    case NT_F16: attend_dtype(NT_F16, group); break;
    case NT_BF16: attend_dtype(NT_BF16, group); break;
    default: attend_dtype(NT_F32, group); break;
    }
}
