// Values that are parts of their keys. A tile holds 16 keys side by side, so every dimension has 16 partial sums, one
// per key of a tile, which are added up at the end of the partition.

// Number of rows per pass: two dimensions of each stay in registers.
enum { KEY_VALUE_ROWS = SIMD_CHAINS / 2 };

// Loads dimensions `d` (even) and `d + 1` of the 16 keys of a tile.
NT_INLINE void load_two_dimensions(const nt_dtype dtype, const uint8_t *tile, int32_t d, v16 *values) {
    if (dtype == NT_BF16) {
        const w16 pairs = w16_load(tile + d * 32);
        values[0] = v16_low_bf16(pairs);
        values[1] = v16_high_bf16(pairs);
        return;
    }
    for (int i = 0; i < 2; i++) {
        values[i] = dtype == NT_F16 ? v16_load_f16(tile + (d + i) * 32) : v16_load((const float *)tile + (d + i) * 16);
    }
}

// The tiles of a partition that some of the rows see, and those of them that all rows see whole.
typedef struct seen_tiles {
    int32_t first, last, whole_first, whole_last;
} seen_tiles;

NT_INLINE seen_tiles find_seen_tiles(const nt_attention_group *group, int row, int rows) {
    seen_tiles seen = {NT_PARTITION_TILES, 0, 0, NT_PARTITION_TILES};
    for (int r = row; r < row + rows; r++) {
        const int32_t first = group->first[r] / 16, last = (group->last[r] + 15) / 16;
        const int32_t whole_first = (group->first[r] + 15) / 16, whole_last = group->last[r] / 16;
        seen.first = first < seen.first ? first : seen.first;
        seen.last = last > seen.last ? last : seen.last;
        seen.whole_first = whole_first > seen.whole_first ? whole_first : seen.whole_first;
        seen.whole_last = whole_last < seen.whole_last ? whole_last : seen.whole_last;
    }
    return seen;
}

// Adds a tile that a row may see in part. Keys that it does not see are replaced by zero, never multiplied.
NT_INLINE void add_seen_keys(const nt_attention_group *group, int row, int32_t tile, const v16 *values, v16 *sums) {
    const int32_t first = group->first[row] - tile * 16, last = group->last[row] - tile * 16;
    if (last <= 0 || first >= 16) return;
    const v16 weights = v16_load(group->scores + row * NT_PARTITION + tile * 16);
    for (int i = 0; i < 2; i++) sums[i] = v16_fma(v16_keep(values[i], first, last, v16_zero()), weights, sums[i]);
}

// Computes elements `element` and `element + 1` of the outputs of `rows` rows from `row` on.
NT_INLINE void add_two_dimensions(const nt_dtype dtype, const int rows, const nt_attention_group *group, int row,
                                  seen_tiles seen, int32_t element) {
    v16 sums[KEY_VALUE_ROWS][2];
    UNROLL for (int r = 0; r < rows; r++) { sums[r][0] = sums[r][1] = v16_zero(); }
    for (int32_t tile = seen.first; tile < seen.last; tile++) {
        v16 values[2];
        load_two_dimensions(dtype, group->key_tiles[tile], group->value_offset + element, values);
        if (tile < seen.whole_first || tile >= seen.whole_last) {
            UNROLL for (int r = 0; r < rows; r++) add_seen_keys(group, row + r, tile, values, sums[r]);
            continue;
        }
        UNROLL for (int r = 0; r < rows; r++) {
            const v16 weights = v16_load(group->scores + (row + r) * NT_PARTITION + tile * 16);
            sums[r][0] = v16_fma(values[0], weights, sums[r][0]);
            sums[r][1] = v16_fma(values[1], weights, sums[r][1]);
        }
    }
    UNROLL for (int r = 0; r < rows; r++) {
        group->outputs[row + r][element] = v16_sum(sums[r][0]);
        group->outputs[row + r][element + 1] = v16_sum(sums[r][1]);
    }
}

NT_INLINE void add_values_of_keys(const nt_dtype dtype, const int rows, const nt_attention_group *group, int row) {
    const seen_tiles seen = find_seen_tiles(group, row, rows);
    for (int32_t element = 0; element < group->value_dim; element += 2) {
        add_two_dimensions(dtype, rows, group, row, seen, element);
    }
}

NT_INLINE void add_all_values_of_keys(const nt_dtype dtype, const int rows, const nt_attention_group *group) {
    const int first = rows < KEY_VALUE_ROWS ? rows : KEY_VALUE_ROWS;
    add_values_of_keys(dtype, first, group, 0);
    if (rows > first) add_values_of_keys(dtype, rows - first, group, first);
}
