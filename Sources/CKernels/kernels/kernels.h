// The inner kernels, one table per instruction set. The drivers in <family>.c split work into tiles and call these.
#pragma once

#include "../packed.h"

// Thirty-two inputs of a row as bytes: input = scale * byte, with an error of at most half a scale.
typedef struct nt_input_group {
    int8_t bytes[NT_GROUP];
    float scale;           // largest magnitude / 127
    float scaled_sum;      // scale * the sum of the bytes
    int32_t minus_sum;     // negated sum of all bytes
    int32_t minus_low_sum; // negated sum of the first 16 bytes
} nt_input_group;

// Completes a group whose bytes are already written.
NT_INLINE void finish_group(nt_input_group *group, float largest, int32_t low_sum, int32_t sum) {
    group->scale = largest >= 0x1p-100f ? largest * (1.0f / 127.0f) : 0.0f;
    group->scaled_sum = group->scale * (float)sum;
    group->minus_sum = -sum;
    group->minus_low_sum = -low_sum;
}

// Output columns of some panels, for some rows.
typedef struct nt_linear_tile {
    const uint8_t *panels; // [panel_count] of panel_bytes each
    size_t panel_bytes;
    int64_t panel_count; // 1 to 4 for `linear`, any number for the others
    int64_t columns;     // used columns, at most 16 * panel_count
    int64_t inputs;
    const float *input;           // [rows][inputs], rounded, for `linear`
    const uint32_t *pairs;        // [row blocks][inputs / 2 rounded up][block_rows] bfloat16 pairs, for linear_pairs
    const nt_input_group *groups; // [row blocks][inputs / 32][block_rows], for linear_bytes; missing rows are zero
    int64_t block_rows;
    int64_t rows;
    const float *bias; // [columns] or NULL
    float *output;     // [rows][output_stride]
    int64_t output_stride;
    nt_packing packing;
} nt_linear_tile;

// Bytes of thread scratch per linear tile.
enum { NT_LINEAR_CHUNK = 256, NT_LINEAR_SCRATCH = 4 * NT_LINEAR_CHUNK * NT_PANEL * 4 };

enum { NT_PARTITION = 256, NT_PARTITION_TILES = NT_PARTITION / 16, NT_MAX_QUERY_ROWS = 6 };

// Up to NT_MAX_QUERY_ROWS query rows over one partition of the keys of their key-value head. Row r sees the
// keys [first[r], last[r]) of the partition, at least one.
typedef struct nt_attention_group {
    const float *queries[NT_MAX_QUERY_ROWS]; // each [head_dim]
    float *outputs[NT_MAX_QUERY_ROWS];       // each [value_dim]: weighted values, not yet divided by the sum
    float maximum[NT_MAX_QUERY_ROWS];        // result: largest score
    float sum[NT_MAX_QUERY_ROWS];            // result: sum of exp(score - maximum)
    int32_t first[NT_MAX_QUERY_ROWS];
    int32_t last[NT_MAX_QUERY_ROWS];
    int32_t rows;
    int32_t head_dim;
    int32_t value_offset; // as nt_cache.value_offset
    int32_t value_dim;
    const uint8_t *const *key_tiles;    // [16]
    const uint8_t *const *value_tiles;  // [16]
    const uint8_t *const *after_keys;   // [16]: tile to prefetch while a key tile is read
    const uint8_t *const *after_values; // [16]: tile to prefetch while a value tile is read
    float scale;
    float soft_cap;
    bool has_slopes;
    float slopes[NT_MAX_QUERY_ROWS];    // subtracted per position between query and key
    float distances[NT_MAX_QUERY_ROWS]; // from the partition's first key to the query
    nt_dtype dtype;
    float *scores;   // [NT_MAX_QUERY_ROWS][NT_PARTITION], scratch
    uint32_t *pairs; // scratch of NT_MAX_QUERY_ROWS rows: queries, [head_dim / 2]; then weights, [NT_PARTITION / 2]
} nt_attention_group;

// Attention of a row over the keys so far: values weighted by exp(score - maximum), and the sum of those weights.
typedef struct nt_attention_state {
    float maximum, sum, unused[14];
    float values[]; // [value_dim], aligned
} nt_attention_state;

// Maximum rows per block for linear_pairs: 1, 2, 3 or an even number.
enum { NT_PAIR_ROWS = 24 };

typedef struct nt_kernels {
    const char *name;
    // Maximum rows per block for linear_bytes, with several blocks and with a single one: 1, 2, 3 or even numbers.
    int32_t byte_rows, alone_byte_rows;
    void (*linear)(const nt_linear_tile *tile, float *scratch);
    // bfloat16 weights times bfloat16 pairs, by dot-product instruction; NULL if there is none.
    void (*linear_pairs)(const nt_linear_tile *tile);
    // Writes [row_count][count] floats as the pairs of one block of `block_rows` rows; set with linear_pairs.
    void (*store_pairs)(const float *rows, int64_t row_count, int64_t count, uint32_t *output, int64_t block_rows);
    // Quantised weights times byte inputs.
    void (*linear_bytes)(const nt_linear_tile *tile);
    // Writes `count` inputs, a multiple of 32, as groups at distance `stride`.
    void (*quantize_row)(const float *input, int64_t count, nt_input_group *output, int64_t stride);
    void (*round_row)(nt_dtype dtype, const float *input, int64_t count, float *output);
    // row += scale * delta unless `delta` is NULL, then output = norm(row). `output` may be `row` or `delta`.
    void (*norm_row)(const nt_norm *norm, const float *delta, float scale, float *row, int64_t count, float *output);
    // output = activation(input), times factor unless that is NULL. `output` may be `input`.
    void (*activate_row)(nt_activation activation, const float *input, const float *factor, int64_t count,
                         float *output);
    // row *= scale, then soft_cap * tanh(row / soft_cap) unless that is 0.
    void (*scale_row)(float scale, float soft_cap, float *row, int64_t count);
    // gate = min(gate, limit), up = clamp(up, -limit, limit) + 1.
    void (*limit_row)(float limit, float *gate, float *up, int64_t count);
    // output += factor * row, rounded once.
    void (*add_scaled_row)(float factor, const float *row, int64_t count, float *output);
    // Rotates one head in place and rounds the whole head to `dtype`.
    void (*rotate_head)(float *head, const float *cosines, const float *sines, int32_t half, int32_t head_dim,
                        nt_dtype dtype);
    // Writes `count` elements as `dtype`.
    void (*store_row)(nt_dtype dtype, const float *input, int64_t count, void *output);
    void (*attend_group)(nt_attention_group *group);
    // Adds a partition's maximum, sum and [count] values to a state; see nt_attention_state.
    void (*merge_state)(nt_attention_state *state, float maximum, float sum, const float *values, int64_t count);
    // output = input / divisor.
    void (*divide_row)(const float *input, float divisor, int64_t count, float *output);
    // The largest number of a row; -infinity if it has none.
    float (*row_maximum)(const float *row, int64_t count);
    // The first index in [begin, end) whose element is >= value, or > value if `strictly`; `end` if there is none.
    int64_t (*find_at_least)(const float *row, int64_t begin, int64_t end, float value, bool strictly);
    int64_t (*count_at_least)(const float *row, int64_t count, float value);
    // Sum over at most NT_SUM_BLOCK elements of exp((x - maximum) * factor), with 0 unless x >= threshold. Writes the
    // terms to `output` unless it is NULL.
    float (*exp_block)(const float *row, int64_t count, float maximum, float factor, float threshold, float *output);
    float (*sum_block)(const float *row, int64_t count);
    // Independent fused multiply-adds in registers; returns the number of operations in `steps` steps.
    double (*multiply_add)(int64_t steps);
    double (*multiply_add_pairs)(int64_t steps); // bfloat16 dot products, or NULL
    double (*multiply_add_bytes)(int64_t steps); // byte dot products, or NULL
    // Loads every byte once; `count` is a multiple of 256.
    void (*read_bytes)(const uint8_t *bytes, int64_t count);
} nt_kernels;

// Number of elements summed in 16 float32 lanes before their sum is added to a double.
enum { NT_SUM_BLOCK = 1024 };

const nt_kernels *nt_kernels_for(nt_isa isa);

extern const nt_kernels nt_kernels_scalar;
#if defined(__x86_64__)
void nt_vnni_linear_bytes(const nt_linear_tile *tile);
void nt_bf16_linear_pairs(const nt_linear_tile *tile);
void nt_bf16_store_pairs(const float *rows, int64_t row_count, int64_t count, uint32_t *output, int64_t block_rows);
void nt_bf16_attend_group(nt_attention_group *group);
extern const nt_kernels nt_kernels_avx2;
extern const nt_kernels nt_kernels_avx512;
extern const nt_kernels nt_kernels_avx512vnni;
extern const nt_kernels nt_kernels_avx512bf16;
#endif

// The scalar kernels, one family per file, kept as the reference.
void nt_scalar_linear(const nt_linear_tile *tile, float *scratch);
void nt_scalar_linear_bytes(const nt_linear_tile *tile);
void nt_scalar_quantize_row(const float *input, int64_t count, nt_input_group *output, int64_t stride);
void nt_scalar_round_row(nt_dtype dtype, const float *input, int64_t count, float *output);
void nt_scalar_norm_row(const nt_norm *norm, const float *delta, float scale, float *row, int64_t count, float *output);
void nt_scalar_activate_row(nt_activation activation, const float *input, const float *factor, int64_t count,
                            float *output);
void nt_scalar_scale_row(float scale, float soft_cap, float *row, int64_t count);
void nt_scalar_limit_row(float limit, float *gate, float *up, int64_t count);
void nt_scalar_add_scaled_row(float factor, const float *row, int64_t count, float *output);
void nt_scalar_rotate_head(float *head, const float *cosines, const float *sines, int32_t half, int32_t head_dim,
                           nt_dtype dtype);
void nt_scalar_store_row(nt_dtype dtype, const float *input, int64_t count, void *output);
void nt_scalar_attend_group(nt_attention_group *group);
void nt_scalar_merge_state(nt_attention_state *state, float maximum, float sum, const float *values, int64_t count);
void nt_scalar_divide_row(const float *input, float divisor, int64_t count, float *output);
float nt_scalar_row_maximum(const float *row, int64_t count);
int64_t nt_scalar_find_at_least(const float *row, int64_t begin, int64_t end, float value, bool strictly);
int64_t nt_scalar_count_at_least(const float *row, int64_t count, float value);
float nt_scalar_exp_block(const float *row, int64_t count, float maximum, float factor, float threshold, float *output);
float nt_scalar_sum_block(const float *row, int64_t count);
double nt_scalar_multiply_add(int64_t steps);
double nt_bf16_multiply_add(int64_t steps);
double nt_vnni_multiply_add(int64_t steps);
void nt_scalar_read_bytes(const uint8_t *bytes, int64_t count);
