// The kernel table for each instruction set.

#include "kernels/kernels.h"

const nt_kernels nt_kernels_scalar = {
    .name = "scalar",
    .byte_rows = 12,
    .alone_byte_rows = 16,
    .linear = nt_scalar_linear,
    .linear_bytes = nt_scalar_linear_bytes,
    .quantize_row = nt_scalar_quantize_row,
    .round_row = nt_scalar_round_row,
    .norm_row = nt_scalar_norm_row,
    .activate_row = nt_scalar_activate_row,
    .scale_row = nt_scalar_scale_row,
    .limit_row = nt_scalar_limit_row,
    .add_scaled_row = nt_scalar_add_scaled_row,
    .rotate_head = nt_scalar_rotate_head,
    .store_row = nt_scalar_store_row,
    .attend_group = nt_scalar_attend_group,
    .merge_state = nt_scalar_merge_state,
    .divide_row = nt_scalar_divide_row,
    .row_maximum = nt_scalar_row_maximum,
    .find_at_least = nt_scalar_find_at_least,
    .count_at_least = nt_scalar_count_at_least,
    .exp_block = nt_scalar_exp_block,
    .sum_block = nt_scalar_sum_block,
    .multiply_add = nt_scalar_multiply_add,
    .read_bytes = nt_scalar_read_bytes,
};

const nt_kernels *nt_kernels_for(nt_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case NT_ISA_AVX2: return &nt_kernels_avx2;
    case NT_ISA_AVX512: return &nt_kernels_avx512;
    case NT_ISA_AVX512VNNI: return &nt_kernels_avx512vnni;
    case NT_ISA_AVX512BF16: return &nt_kernels_avx512bf16;
#endif
    default: return &nt_kernels_scalar;
    }
}
