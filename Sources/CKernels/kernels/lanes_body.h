// Partial vectors at the end of a row, written with the vector operations of simd_<isa>.h.

// Number of lanes of the vector that starts at i: a whole vector or the rest of the row.
NT_INLINE int32_t lanes_at(int64_t i, int64_t count) { return (int32_t)min_i64(16, count - i); }

NT_INLINE v16 load_lanes(const float *p, int32_t lanes) { return lanes == 16 ? v16_load(p) : v16_load_first(p, lanes); }

NT_INLINE void store_lanes(float *p, v16 a, int32_t lanes) {
    if (lanes == 16) {
        v16_store(p, a);
    } else {
        v16_store_first(p, a, lanes);
    }
}
