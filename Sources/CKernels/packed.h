// The packed weight layout.
//
// A matrix is cut into panels of 16 output columns, N padded with zero weights; a panel is a sequence of records along
// K. Plain types: float32 and float16 as [k][16], bfloat16 as [k / 2][16][2] (a record is two k's, the last one padded
// with zero). Codes: a record is one block of the 16 columns, scales first, then unsigned codes:
//
//   NT_SCALES_FIXED   d f16[16]                      weight = d * code - zero * d
//   NT_SCALES_MIN     d f16[16], m f16[16]           weight = d * code + m
//   NT_SCALES_ZERO    d f16[16], z u8[16]            weight = d * code - z * d
//   NT_SCALES_K_MIN   d f16[16], dmin f16[16], 8 x (sc u8[16], mn u8[16])
//                                                    weight = (d * sc) * code - dmin * mn
//   NT_SCALES_K_FIXED d f16[16], 16 x sc i8[16]      weight = (d * sc) * code - zero * (d * sc)
//
// Codes come in groups of 32 k's, in the order that byte dot products want: a step is four k's, one byte each in the
// word of a column. 8 bits: [step][16][4]. Fewer: the low nibbles of two steps share a word ([step / 2][16][4], the
// even step below), and the bits above them follow in a plane of their own: 5 bits [16][4], bit `step` of a byte; 6
// bits [step / 4][16][4], bit pair step % 4 of a byte.
//
// All products above are exact in float32, so weight = fma(scale, code, offset) equals the file format's own definition
// bit for bit.
#pragma once

#include "common.h"

enum { NT_PANEL = 16 };

typedef enum nt_scale_form {
    NT_SCALES_NONE,
    NT_SCALES_FIXED,
    NT_SCALES_MIN,
    NT_SCALES_ZERO,
    NT_SCALES_K_MIN,
    NT_SCALES_K_FIXED,
} nt_scale_form;

typedef struct nt_packed_format {
    int32_t code_bits; // 4, 5, 6 or 8; 0 for plain types
    int32_t group;     // k's that share a scale: 16 or 32
    nt_scale_form scales;
    // Subtracted from every code in byte products; also the zero point, except with NT_SCALES_ZERO.
    float zero;
    int32_t record_inputs; // k's per record
    int32_t header_bytes;  // scales of a record
    int32_t record_bytes;
} nt_packed_format;

static const nt_packed_format NT_PACKED_FORMATS[NT_PACKING_COUNT] = {
    [NT_PACKED_F32] = {0, 0, NT_SCALES_NONE, 0, 1, 0, 64},
    [NT_PACKED_F16] = {0, 0, NT_SCALES_NONE, 0, 1, 0, 32},
    [NT_PACKED_BF16] = {0, 0, NT_SCALES_NONE, 0, 2, 0, 64},
    [NT_PACKED_4] = {4, 32, NT_SCALES_FIXED, 8, 32, 32, 32 + 256},
    [NT_PACKED_4_MIN] = {4, 32, NT_SCALES_MIN, 0, 32, 64, 64 + 256},
    [NT_PACKED_4_ZERO] = {4, 32, NT_SCALES_ZERO, 0, 32, 48, 48 + 256},
    [NT_PACKED_5] = {5, 32, NT_SCALES_FIXED, 16, 32, 32, 32 + 320},
    [NT_PACKED_5_MIN] = {5, 32, NT_SCALES_MIN, 0, 32, 64, 64 + 320},
    [NT_PACKED_8] = {8, 32, NT_SCALES_FIXED, 128, 32, 32, 32 + 512},
    [NT_PACKED_8_ZERO] = {8, 32, NT_SCALES_ZERO, 128, 32, 48, 48 + 512},
    [NT_PACKED_4_K] = {4, 32, NT_SCALES_K_MIN, 0, 256, 320, 320 + 2048},
    [NT_PACKED_5_K] = {5, 32, NT_SCALES_K_MIN, 0, 256, 320, 320 + 2560},
    [NT_PACKED_6_K] = {6, 16, NT_SCALES_K_FIXED, 32, 256, 288, 288 + 3072},
};

// Number of k's covered by one group of packed codes and by one scale of quantised inputs.
enum { NT_GROUP = 32 };

// Bytes per 32 codes of 16 columns.
NT_INLINE int64_t code_group_bytes(int32_t code_bits) { return code_bits * (NT_GROUP * NT_PANEL / 8); }

NT_INLINE nt_packed_format packed_format(nt_packing packing) { return NT_PACKED_FORMATS[packing]; }

// Whether groups have an offset of their own besides their scale.
NT_INLINE bool has_offset(nt_scale_form scales) {
    return scales == NT_SCALES_MIN || scales == NT_SCALES_ZERO || scales == NT_SCALES_K_MIN;
}

NT_INLINE size_t panel_byte_count(nt_packing packing, int64_t inputs) {
    const nt_packed_format format = packed_format(packing);
    return (size_t)ceil_div(inputs, format.record_inputs) * (size_t)format.record_bytes;
}

// One record of one row, unpacked.
typedef struct nt_block {
    uint8_t codes[256];
    uint16_t d, m;      // float16; m is the minimum or dmin
    uint8_t zero;       // z
    uint8_t scales[16]; // sc
    uint8_t mins[8];    // mn
} nt_block;

// Scale and offset of group `group` of a block: weight = fma(scale, code, offset).
void nt_block_scale(nt_packing packing, const nt_block *block, int32_t group, float *scale, float *offset);

// Code of input `k` and column `column` of a packed panel, and its scale and offset.
int32_t nt_panel_code(nt_packing packing, const uint8_t *panel, int64_t k, int32_t column);
void nt_panel_scale(nt_packing packing, const uint8_t *panel, int64_t k, int32_t column, float *scale, float *offset);

// The weight of input `k` and column `column` of a packed panel.
float nt_panel_weight(nt_packing packing, const uint8_t *panel, int64_t k, int32_t column);
