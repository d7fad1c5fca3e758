// Shared parts of the matrix kernels: unrolling, and the scales of packed records (packed.h).

#define UNROLL _Pragma("clang loop unroll(full)")
#define NO_UNROLL _Pragma("clang loop unroll(disable)")

// Keeps the compiler from holding loaded values in registers for the next panel or input: there are too few registers,
// and loading a weight or broadcast again is free.
NT_INLINE void forget_loads(void) { __asm__ volatile("" : : : "memory"); }

// Scale and offset of one group of a record; see packed.h.
NT_INLINE void load_scales(const nt_packed_format *format, const uint8_t *record, int32_t group, v16 *scale,
                           v16 *offset) {
    const v16 d = v16_load_f16(record);
    switch (format->scales) {
    case NT_SCALES_MIN:
        *scale = d;
        *offset = v16_load_f16(record + 32);
        break;
    case NT_SCALES_ZERO:
        *scale = d;
        *offset = v16_sub(v16_zero(), v16_mul(d, v16_load_u8(record + 32)));
        break;
    case NT_SCALES_K_MIN: {
        const uint8_t *scales = record + 64 + group * 32;
        *scale = v16_mul(d, v16_load_u8(scales));
        *offset = v16_sub(v16_zero(), v16_mul(v16_load_f16(record + 32), v16_load_u8(scales + 16)));
        break;
    }
    default:
        *scale = format->scales == NT_SCALES_K_FIXED ? v16_mul(d, v16_load_i8(record + 32 + group * 16)) : d;
        *offset = v16_mul(*scale, v16_set1(-format->zero));
        break;
    }
}
