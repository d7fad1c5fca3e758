// The packed weight layout.
//
// A matrix is cut into panels of 16 output columns, N padded with zero weights; a panel is a sequence of records along
// K. Plain types: float32 and float16 as [k][16], bfloat16 as [k / 2][16][2] (a record is two k's, the last one padded
// with zero). Quantised types: a record is one block of the 16 columns, scales first, then unsigned codes:
//
//   Q4_0 Q5_0 Q8_0   d f16[16]                      weight = d * code - bias * d
//   Q4_1 Q5_1        d f16[16], m f16[16]           weight = d * code + m
//   Q4_K Q5_K        d f16[16], dmin f16[16], 8 x (sc u8[16], mn u8[16])
//                                                   weight = (d * sc) * code - dmin * mn
//   Q6_K             d f16[16], 16 x sc i8[16]      weight = (d * sc) * code - bias * (d * sc)
//
// Codes come in groups of 32 k's, in the order that byte dot products want: a step is four k's, one byte each in the
// word of a column. 8 bits: [step][16][4]. Fewer: the low nibbles of two steps share a word ([step / 2][16][4], the
// even step below), and the bits above them follow in a plane of their own: 5 bits [16][4], bit `step` of a byte; 6
// bits [step / 4][16][4], bit pair step % 4 of a byte.
//
// All products above are exact in float32, so weight = fma(scale, code, offset) equals the format's own definition bit
// for bit.
#pragma once

#include "common.h"

enum { NT_PANEL = 16 };

typedef enum nt_scales { NT_SCALES_NONE, NT_SCALES_BIAS, NT_SCALES_MIN, NT_SCALES_K_MIN, NT_SCALES_K_BIAS } nt_scales;

typedef struct nt_format {
    int32_t record_inputs; // k's per record
    int32_t record_bytes;
    int32_t group; // k's that share a scale; 0 for plain types
    int32_t header_bytes;
    int32_t code_bits; // 4, 5, 6 or 8; 0 for plain types
    nt_scales scales;
    float bias;        // code that represents zero
    int32_t raw_bytes; // per block of one row in the file
} nt_format;

static const nt_format NT_FORMATS[] = {
    [NT_F32] = {1, 64, 0, 0, 0, NT_SCALES_NONE, 0, 4},
    [NT_F16] = {1, 32, 0, 0, 0, NT_SCALES_NONE, 0, 2},
    [NT_BF16] = {2, 64, 0, 0, 0, NT_SCALES_NONE, 0, 2},
    [NT_Q4_0] = {32, 32 + 256, 32, 32, 4, NT_SCALES_BIAS, 8, 18},
    [NT_Q4_1] = {32, 64 + 256, 32, 64, 4, NT_SCALES_MIN, 0, 20},
    [NT_Q5_0] = {32, 32 + 320, 32, 32, 5, NT_SCALES_BIAS, 16, 22},
    [NT_Q5_1] = {32, 64 + 320, 32, 64, 5, NT_SCALES_MIN, 0, 24},
    [NT_Q8_0] = {32, 32 + 512, 32, 32, 8, NT_SCALES_BIAS, 128, 34},
    [NT_Q4_K] = {256, 320 + 2048, 32, 320, 4, NT_SCALES_K_MIN, 0, 144},
    [NT_Q5_K] = {256, 320 + 2560, 32, 320, 5, NT_SCALES_K_MIN, 0, 176},
    [NT_Q6_K] = {256, 288 + 3072, 16, 288, 6, NT_SCALES_K_BIAS, 32, 210},
};

// Number of k's covered by one group of packed codes and by one scale of quantised inputs.
enum { NT_GROUP = 32 };

// Bytes per 32 codes of 16 columns.
NT_INLINE int64_t code_group_bytes(int32_t code_bits) { return code_bits * (NT_GROUP * NT_PANEL / 8); }

NT_INLINE nt_format format_of(nt_dtype dtype) { return NT_FORMATS[dtype]; }

NT_INLINE size_t panel_byte_count(nt_dtype dtype, int64_t inputs) {
    const nt_format format = format_of(dtype);
    return (size_t)ceil_div(inputs, format.record_inputs) * (size_t)format.record_bytes;
}

// One block of one row of a file, unpacked: codes as in the table above, scale and offset per group.
typedef struct nt_block {
    uint8_t codes[256];
    uint16_t d, m;      // as stored; m is the minimum or dmin
    uint8_t scales[16]; // sc
    uint8_t mins[8];    // mn
} nt_block;

// Reads a quantised block at any alignment.
void nt_read_block(nt_dtype dtype, const uint8_t *raw, nt_block *block);

// Scale and offset of group `group` of a block.
void nt_block_scale(nt_dtype dtype, const nt_block *block, int32_t group, float *scale, float *offset);

// Dequantises `count` elements of a stored row to float32.
void nt_dequantize_row(nt_dtype dtype, const uint8_t *raw, int64_t count, float *output);

// Code of input `k` and column `column` of a packed panel, and its scale and offset.
int32_t nt_panel_code(nt_dtype dtype, const uint8_t *panel, int64_t k, int32_t column);
void nt_panel_scale(nt_dtype dtype, const uint8_t *panel, int64_t k, int32_t column, float *scale, float *offset);

// The weight of input `k` and column `column` of a packed panel.
float nt_panel_weight(nt_dtype dtype, const uint8_t *panel, int64_t k, int32_t column);
