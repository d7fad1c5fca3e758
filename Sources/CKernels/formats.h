// The weight formats of files: one reader per block layout, all to the same unpacked block.
#pragma once

#include "packed.h"

typedef struct nt_stored_format {
    int32_t block_inputs; // k's per block of a row; 1 for plain types
    int32_t block_bytes;
    nt_packing packing; // the layout that holds its blocks
} nt_stored_format;

static const nt_stored_format NT_STORED_FORMATS[NT_DTYPE_COUNT] = {
    [NT_F32] = {1, 4, NT_PACKED_F32},      [NT_F16] = {1, 2, NT_PACKED_F16},      [NT_BF16] = {1, 2, NT_PACKED_BF16},
    [NT_Q4_0] = {32, 18, NT_PACKED_4},     [NT_Q4_1] = {32, 20, NT_PACKED_4_MIN}, [NT_Q5_0] = {32, 22, NT_PACKED_5},
    [NT_Q5_1] = {32, 24, NT_PACKED_5_MIN}, [NT_Q8_0] = {32, 34, NT_PACKED_8},     [NT_Q4_K] = {256, 144, NT_PACKED_4_K},
    [NT_Q5_K] = {256, 176, NT_PACKED_5_K}, [NT_Q6_K] = {256, 210, NT_PACKED_6_K},
};

// Reads a quantised block at any alignment.
void nt_read_block(nt_dtype dtype, const uint8_t *raw, nt_block *block);

// The index of the first of `count` elements of a stored row that is not finite, or -1. In a quantised row, that of the
// first element of a block whose scale or minimum is not finite.
int64_t nt_first_non_finite(nt_dtype dtype, const uint8_t *raw, int64_t count);

// Dequantises `count` elements of a stored row to float32.
void nt_dequantize_row(nt_dtype dtype, const uint8_t *raw, int64_t count, float *output);
