// Quantised weights with inputs quantised to bytes, written with the vector operations of simd_<isa>.h.
//
// A lane is an output. Codes and inputs of a scale group multiply as bytes into an exact integer, which is scaled in
// float32 by the weights' scale, then added times the inputs' scale, group by group. Offsets (minimums and zero points)
// are added times the sum of the inputs. Results are equal for any number of rows and on every instruction set.

// The four k's of a step for all columns of a panel: unsigned codes, one byte each.
NT_INLINE w16 step_codes(const int code_bits, const uint8_t *codes, const int step) {
    if (code_bits == 8) return w16_load(codes + step * 64);
    w16 low = w16_load(codes + step / 2 * 64);
    if (step % 2 == 1) low = w16_right(low, 4);
    low = w16_and(low, w16_set1(0x0F0F0F0F));
    if (code_bits == 4) return low;
    const int position = code_bits == 5 ? step : step % 4 * 2;
    const w16 plane = w16_load(codes + 256 + (code_bits == 6 ? step / 4 * 64 : 0));
    const w16 high = position <= 4 ? w16_left(plane, 4 - position) : w16_right(plane, position - 4);
    return w16_and_or(low, high, w16_set1(code_bits == 5 ? 0x10101010 : 0x30303030));
}

// Initial value of an integer sum of codes, which subtracts the format's zero from each code.
NT_INLINE w16 zero_start(const nt_packed_format *format, const nt_input_group *input, const int half) {
    const int32_t zero = (int32_t)format->zero;
    if (zero == 0 || (format->code_bits == 8 && SIMD_SIGNED_BYTES)) return w16_set1(0);
    w16 minus_sum = w16_spread(format->group == NT_GROUP ? input->minus_sum : input->minus_low_sum);
    if (half == 1) minus_sum = w16_sub(w16_spread(input->minus_sum), minus_sum);
    return w16_left(minus_sum, __builtin_ctz((uint32_t)zero));
}

// Multiplies one panel with the block of `rows` rows that begins at `row`; rows beyond the tile's end are not stored.
// Prefetches the weights `ahead` bytes further on into the second-level cache, record by record, unless `ahead` is 0.
NT_INLINE void multiply_bytes(const nt_packing packing, const int rows, const nt_linear_tile *tile, int64_t panel,
                              int64_t row, size_t ahead) {
    const nt_packed_format format = packed_format(packing);
    const int halves = NT_GROUP / format.group, steps = format.group / 4;
    // Sums of this many rows fit into registers, but their integers only in two parts.
    const int part = rows > SIMD_BYTE_ROWS ? rows / 2 : rows;
    const uint8_t *record = tile->panels + (size_t)panel * tile->panel_bytes;
    const nt_input_group *input = tile->groups + row * (tile->inputs / NT_GROUP);
    const nt_input_group *const end = input + rows * (tile->inputs / NT_GROUP);
    v16 sums[SIMD_ALONE_BYTE_ROWS];
    UNROLL for (int r = 0; r < rows; r++) sums[r] = v16_zero();
    NO_UNROLL for (; input < end; record += format.record_bytes) {
        const uint8_t *codes = record + format.header_bytes;
        if (ahead > 0) {
            for (int32_t i = 0; i < format.record_bytes; i += 64) __builtin_prefetch(record + ahead + i, 0, 2);
        }
        NO_UNROLL for (int32_t k = 0; k < format.record_inputs; k += NT_GROUP, input += rows) {
            UNROLL for (int half = 0; half < halves; half++) {
                v16 scale, offset;
                load_scales(&format, record, k / format.group + half, &scale, &offset);
                // The integer sums already have `zero` subtracted.
                if (format.zero != 0) offset = v16_fma(scale, v16_set1(format.zero), offset);
                UNROLL for (int first = 0; first < rows; first += part) {
                    w16 dots[SIMD_BYTE_ROWS];
                    UNROLL for (int r = 0; r < part; r++) dots[r] = zero_start(&format, input + first + r, half);
                    UNROLL for (int s = 0; s < steps; s++) {
                        const int step = half * steps + s;
                        const w16 weight = step_codes(format.code_bits, codes, step);
                        UNROLL for (int r = 0; r < part; r++) {
                            const w16 bytes = w16_broadcast(input[first + r].bytes + step * 4);
                            dots[r] = format.code_bits == 8 ? w16_dot_biased(dots[r], weight, bytes)
                                                            : w16_dot(dots[r], weight, bytes);
                        }
                        forget_loads();
                    }
                    UNROLL for (int r = 0; r < part; r++) {
                        const nt_input_group *group = input + first + r;
                        const v16 scaled = v16_mul(v16_from_words(dots[r]), scale);
                        sums[first + r] = v16_fma(scaled, v16_set1(group->scale), sums[first + r]);
                        if (has_offset(format.scales)) {
                            sums[first + r] = v16_fma(offset, v16_set1(group->scaled_sum), sums[first + r]);
                        }
                    }
                }
            }
            codes += code_group_bytes(format.code_bits);
        }
    }
    const int32_t lanes = lanes_at(panel * NT_PANEL, tile->columns);
    const int64_t used = min_i64(rows, tile->rows - row);
    float *output = tile->output + row * tile->output_stride + panel * NT_PANEL;
    UNROLL for (int r = 0; r < rows; r++) {
        if (r >= used) break;
        v16 sum = sums[r];
        if (tile->bias != NULL) sum = v16_add(sum, load_lanes(tile->bias + panel * NT_PANEL, lanes));
        store_lanes(output + r * tile->output_stride, sum, lanes);
    }
}

// Number of weight bytes that the first row block prefetches. With fewer rows, multiplying takes no longer than
// reading, and prefetching would only interfere.
enum { BYTES_AHEAD = 4096, BYTES_AHEAD_ROWS = 8 };

// Multiplies two panels at a time: they stay in the first-level cache for all rows, and a row block serves both.
NT_INLINE void multiply_byte_panels(const nt_packing packing, const int rows, const nt_linear_tile *tile) {
    for (int64_t first = 0; first < tile->panel_count; first += 2) {
        const int64_t end = min_i64(first + 2, tile->panel_count);
        for (int64_t row = 0; row < tile->rows; row += rows) {
            const size_t ahead = row == 0 && rows >= BYTES_AHEAD_ROWS ? BYTES_AHEAD : 0;
            for (int64_t panel = first; panel < end; panel++) multiply_bytes(packing, rows, tile, panel, row, ahead);
        }
    }
}

// clang-format off: one case per line.
NT_INLINE void multiply_byte_tile(const nt_packing packing, const nt_linear_tile *tile) {
    switch (tile->block_rows) {
    case 1: multiply_byte_panels(packing, 1, tile); break;
    case 2: multiply_byte_panels(packing, 2, tile); break;
    case 3: multiply_byte_panels(packing, 3, tile); break;
    case 4: multiply_byte_panels(packing, 4, tile); break;
#if SIMD_BYTE_ROWS > 4
    case 6: multiply_byte_panels(packing, 6, tile); break;
    case 8: multiply_byte_panels(packing, 8, tile); break;
    case 10: multiply_byte_panels(packing, 10, tile); break;
    case 12: multiply_byte_panels(packing, 12, tile); break;
    case 14: multiply_byte_panels(packing, 14, tile); break;
    case 16: multiply_byte_panels(packing, 16, tile); break;
#endif
    default: __builtin_unreachable();
    }
}

LINEAR_BYTES_LINKAGE void LINEAR_BYTES_NAME(const nt_linear_tile *tile) {
    switch (tile->packing) {
    case NT_PACKED_4: multiply_byte_tile(NT_PACKED_4, tile); break;
    case NT_PACKED_4_MIN: multiply_byte_tile(NT_PACKED_4_MIN, tile); break;
    case NT_PACKED_4_ZERO: multiply_byte_tile(NT_PACKED_4_ZERO, tile); break;
    case NT_PACKED_5: multiply_byte_tile(NT_PACKED_5, tile); break;
    case NT_PACKED_5_MIN: multiply_byte_tile(NT_PACKED_5_MIN, tile); break;
    case NT_PACKED_8: multiply_byte_tile(NT_PACKED_8, tile); break;
    case NT_PACKED_8_ZERO: multiply_byte_tile(NT_PACKED_8_ZERO, tile); break;
    case NT_PACKED_4_K: multiply_byte_tile(NT_PACKED_4_K, tile); break;
    case NT_PACKED_5_K: multiply_byte_tile(NT_PACKED_5_K, tile); break;
    case NT_PACKED_6_K: multiply_byte_tile(NT_PACKED_6_K, tile); break;
    default: __builtin_unreachable();
    }
}
// clang-format on
