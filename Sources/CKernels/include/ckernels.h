// The CPU kernels and their thread pool: the only header that Swift sees.
//
// Memory belongs to the caller and must outlive the call; nothing is retained. Comments after parameters give their
// shapes; rows are contiguous, and the last axis varies fastest. A function that takes a pool may be called from any
// thread and holds the pool until it is done. Results never depend on the thread count, the number of rows or, for the
// float32 paths, the instruction set.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum nt_dtype {
    NT_F32 = 0,
    NT_F16,
    NT_BF16,
    NT_Q4_0,
    NT_Q4_1,
    NT_Q5_0,
    NT_Q5_1,
    NT_Q8_0,
    NT_Q4_K,
    NT_Q5_K,
    NT_Q6_K,
    NT_DTYPE_COUNT,
} nt_dtype;

// Layouts of packed weights, on which kernels specialise: plain types, and codes of 4, 5, 6 or 8 bits with one scale
// per group, and optionally a minimum or a zero point. NT_PACKED_FORMATS describes each.
typedef enum nt_packing {
    NT_PACKED_F32 = 0,
    NT_PACKED_F16,
    NT_PACKED_BF16,
    NT_PACKED_4,
    NT_PACKED_4_MIN,
    NT_PACKED_4_ZERO,
    NT_PACKED_5,
    NT_PACKED_5_MIN,
    NT_PACKED_8,
    NT_PACKED_8_ZERO,
    NT_PACKED_4_K,
    NT_PACKED_5_K,
    NT_PACKED_6_K,
    NT_PACKING_COUNT,
} nt_packing;

typedef enum nt_isa {
    NT_ISA_SCALAR = 0,
    NT_ISA_AVX2,       // AVX2, FMA, F16C
    NT_ISA_AVX512,     // plus AVX-512 F, BW, DQ, VL
    NT_ISA_AVX512VNNI, // plus AVX512_VNNI
    NT_ISA_AVX512BF16, // plus AVX512_BF16
} nt_isa;

// MARK: The machine

// The widest instruction set that processor and operating system support.
nt_isa nt_best_isa(void);

// Number of processors in the affinity mask of this process; at least 1.
int32_t nt_available_processors(void);

// MARK: Thread pool

// The calling thread and `thread_count` - 1 workers, which spin briefly after work and then sleep.
typedef struct nt_pool nt_pool;

// Never fails, but starts fewer threads if the system refuses more. `isa` must be at most nt_best_isa().
nt_pool *nt_pool_create(int32_t thread_count, nt_isa isa);
void nt_pool_destroy(nt_pool *pool);
int32_t nt_pool_thread_count(const nt_pool *pool);

// `thread` is below nt_pool_thread_count; concurrent calls have different values.
typedef void (*nt_row_function)(void *context, int64_t row, int32_t thread);

// Calls `function` once per row of 0..<count, on all threads, and returns when all calls are done. Inside, only the
// functions of section Logits that take a single row may be called with this pool; others would deadlock.
void nt_for_each_row(nt_pool *pool, int64_t count, nt_row_function function, void *context);

// MARK: Linear layers

// Rows of one matrix in the packed layout: panels of 16 output columns, each contiguous over all inputs.
typedef struct nt_linear_segment {
    const void *packed;    // nt_packed_byte_count(packing, inputs, outputs)
    const float *bias;     // [outputs] or NULL
    int64_t outputs;       // columns of this segment
    int64_t output_offset; // first column of this segment in the output
    nt_packing packing;
} nt_linear_segment;

// Matrices that share their inputs.
typedef struct nt_linear_weights {
    const nt_linear_segment *segments;
    int64_t segment_count;
    int64_t inputs;
    const int32_t *input_order; // [inputs]: the feature that each packed input reads; NULL if inputs are in order
} nt_linear_weights;

// The number of inputs per row must be a multiple of this; 1 for plain types.
int64_t nt_dtype_block_size(nt_dtype dtype);
size_t nt_row_byte_count(nt_dtype dtype, int64_t inputs);
// The layout in which rows of a file's type are packed.
nt_packing nt_packing_of(nt_dtype dtype);
size_t nt_packed_byte_count(nt_packing packing, int64_t inputs, int64_t outputs);

// Integer codes, one byte each: weight = scale * (code - zero point), with one scale per group of inputs.
typedef struct nt_stored_codes {
    const uint8_t *codes;       // [stored rows][inputs]
    const uint16_t *scales;     // float16 [stored rows][inputs / group]
    const uint8_t *zeros;       // zero points [stored rows][inputs / group], or NULL if all are `zero`
    uint8_t zero;               // with NT_PACKED_4 always 8, with NT_PACKED_8 always 128
    int32_t group;              // a multiple of 32
    const int32_t *input_order; // [inputs]: the stored input of each packed one; NULL if inputs are in order
} nt_stored_codes;

// A matrix as stored in a file, at any alignment.
typedef struct nt_stored_matrix {
    nt_dtype dtype;               // of the elements
    const void *elements;         // [stored rows][inputs]; transposed: [inputs][transposed_rows], plain types only
    const nt_stored_codes *codes; // in place of elements, or NULL
    const int32_t *row_map;       // [outputs]: stored row of each output; NULL for all rows in order
    int64_t transposed_rows;      // 0 if not transposed
} nt_stored_matrix;

// Packs elements as nt_packing_of(dtype), codes of at most 4 bits as NT_PACKED_4 or NT_PACKED_4_ZERO, and others as
// NT_PACKED_8 or NT_PACKED_8_ZERO. Returns `stored row * inputs + input` of the first weight that is not finite, or -1;
// in a block, that of its first weight if a scale is not finite. Codes are not checked.
int64_t nt_pack_linear(nt_pool *pool, nt_packing packing, int64_t inputs, int64_t outputs,
                       const nt_stored_matrix *stored, void *packed);

// The same of a matrix [rows][columns] of a file, without packing it.
int64_t nt_find_non_finite(nt_pool *pool, nt_dtype dtype, const void *elements, int64_t rows, int64_t columns);

typedef enum nt_norm_kind { NT_NORM_NONE = 0, NT_NORM_RMS, NT_NORM_LAYER } nt_norm_kind;

// RMS: x / sqrt(mean(x^2) + epsilon); layer: (x - mean(x)) / sqrt(variance(x) + epsilon); both then * weight + bias.
typedef struct nt_norm {
    nt_norm_kind kind;
    float epsilon;
    const float *weight; // [features] or NULL
    const float *bias;   // [features] or NULL
} nt_norm;

// The rows that an operation reads, normalised. With a delta they are the residual stream, which is first changed in
// place: rows += delta_scale * delta_norm(delta).
typedef struct nt_row_source {
    float *rows;        // [rows][stride]
    int64_t stride;     // floats from one row to the next, at least `features`
    const float *delta; // [rows][features] or NULL
    float delta_scale;
    nt_norm delta_norm;
    nt_norm norm;
} nt_row_source;

typedef enum nt_activation {
    NT_IDENTITY = 0,
    NT_SILU,
    NT_GELU,
    NT_GELU_TANH,
    NT_QUICK_GELU,
    NT_RELU,
    NT_RELU_SQUARED
} nt_activation;

// Operations after a product: + bias, + addend, * scale, soft cap, then activation; gated: activation(first) * second
// of two segments of equal size.
typedef struct nt_linear_epilogue {
    float scale;
    float soft_cap; // x becomes soft_cap * tanh(x / soft_cap); 0 for none
    nt_activation activation;
    bool gated;
    float gate_limit;           // first <= limit, -limit <= second <= limit, and second + 1 is multiplied; 0 for none
    const float *addend;        // [..][outputs of all segments] or NULL
    const int32_t *addend_rows; // [rows]: row of the addend, or -1 for none; NULL for rows in order
} nt_linear_epilogue;

// output[r][n] = sum over k of round(input[r][k]) * weight[n][k] + bias[n], then the epilogue.
typedef struct nt_linear_call {
    const nt_row_source *source;
    const int32_t *row_map; // [rows]: the source's row that each row reads; NULL for all in order. Excludes a delta.
    int64_t rows;           // at least 1
    const nt_linear_weights *weights;
    const nt_linear_epilogue *epilogue;
    float *output; // [rows][output_stride]
    int64_t output_stride;
} nt_linear_call;

// Computes independent calls together. Inputs are rounded to `activation`: NT_F32, NT_F16, NT_BF16 or NT_Q8_0 (bytes
// with a float32 scale per group of 32; NT_BF16 instead for plain weights).
void nt_linear(nt_pool *pool, const nt_linear_call *calls, int64_t count, nt_dtype activation);

// output[t] = sum over i of weights[t][i] * rows[places[t][i]], in the order of i, after `addend` rows times their
// weights (NULL for 1) unless NULL.
void nt_combine(nt_pool *pool, const float *rows /* [..][features] */, int64_t features,
                const int32_t *places /* [tokens][width] */, const float *weights /* [tokens][width] */, int64_t tokens,
                int64_t width, const float *addend /* [tokens][features] */, const float *addend_weights /* [tokens] */,
                float *output /* [tokens][features] */);

// MARK: Element and row operations

// output[i] = scale * table[ids[i]], added to the previous output if `adds`.
void nt_embed(nt_pool *pool, const uint32_t *ids /* [count] */, int64_t count, nt_dtype dtype, const void *table,
              int64_t features, float scale, bool adds, float *output /* [count][features] */);

// Writes the rows of a source, normalised if it has a norm.
void nt_normalize(nt_pool *pool, const nt_row_source *source, int64_t rows, int64_t features,
                  float *output /* [rows][features] */);

// MARK: Attention

// One layer's part of a block, in tiles of 16 positions: keys as [kv_heads][block_size / 16][head_dim][16 positions],
// then values as [kv_heads][block_size / 16][16 positions][head_dim]. bfloat16 is stored in pairs for dot products:
// keys as [head_dim / 2][16 positions][2 dimensions], values as [8][head_dim][2 positions].
typedef struct nt_cache {
    uint8_t *pool;
    int64_t block_byte_count;
    int64_t layer_offset;
    int32_t block_size; // a multiple of 16
    int32_t kv_heads;
    int32_t head_dim;     // even
    int32_t value_offset; // values are the elements of keys from here on, and not stored; -1 if they are stored
    int32_t value_dim;    // head_dim if values are stored; even
    nt_dtype dtype;       // NT_F32, NT_F16 or NT_BF16
} nt_cache;

typedef struct nt_batch {
    const int32_t *positions;         // [tokens]
    const int32_t *sequence_of_token; // [tokens]
    const int32_t *query_starts;      // [sequences + 1]
    const int32_t *block_tables;      // [sequences][block_table_stride]
    const int32_t *rotary_variants;   // [sequences]: row per position in tables with several; NULL if all use the first
    int64_t tokens;
    int64_t sequences;
    int64_t block_table_stride;
} nt_batch;

typedef struct nt_attention {
    int32_t heads;
    float scale;
    float soft_cap; // 0 for none
    int32_t window; // 0 for all keys
    // Per query head: subtracted from the score per position between query and key, and the score of a key without a
    // value. NULL for none.
    const float *slopes;
    const float *sinks;
} nt_attention;

// What a norm of heads covers: each head with the same weights, each head with weights of its own, or all heads of a
// token together.
typedef enum nt_head_norm_scope { NT_NORM_OF_HEADS = 0, NT_NORM_OF_EACH_HEAD, NT_NORM_OF_ALL_HEADS } nt_head_norm_scope;

// Processing of query and key heads before attention.
typedef struct nt_heads {
    int32_t heads;
    int32_t rotated;      // leading dimensions of a head that rotate; 0 for none
    int32_t variants;     // rows per position in the tables
    const float *cosines; // [positions][variants][rotated / 2], or NULL
    const float *sines;
    nt_norm query_norm; // before the rotation
    nt_norm key_norm;
    nt_head_norm_scope norm_scope;
    float clip;        // queries, keys and values are limited to -clip...clip before the rotation; 0 for no limit
    bool writes_cache; // whether rows hold keys, and values if they are stored, after the queries
} nt_heads;

// Normalises, rotates and rounds queries and keys in place, and writes keys and values to the cache if `writes_cache`
// is set; otherwise rows hold queries only.
void nt_write_heads(nt_pool *pool, float *qkv /* [tokens][heads (+ kv_heads (+ kv_heads))][head_dim] */,
                    const nt_heads *heads, const nt_batch *batch, const nt_cache *cache);

// `row_stride`: floats from one token's queries to the next's.
void nt_attend(nt_pool *pool, const float *queries /* [tokens][heads][head_dim] */, int64_t row_stride,
               const nt_attention *parameters, const nt_batch *batch, const nt_cache *cache,
               float *output /* [tokens][heads][value_dim] */);

// MARK: Logits

typedef struct nt_row_statistics {
    int32_t argmax;
    float maximum;
    float log_sum_exp;
} nt_row_statistics;

void nt_row_statistics_of(nt_pool *pool, const float *logits /* [rows][count] */, int64_t rows, int64_t count,
                          nt_row_statistics *output /* [rows] */);

// Returns the lowest index of the largest element, stored in `maximum`; 0 and -infinity if the row has no numbers.
int32_t nt_argmax(nt_pool *pool, const float *row /* [count] */, int64_t count, float *maximum);

// Writes the largest elements, largest first, and returns their number: `k`, or fewer if fewer are numbers.
int64_t nt_top_k(nt_pool *pool, const float *row /* [count] */, int64_t count, int64_t k, int32_t *indices /* [k] */,
                 float *values /* [k] */);

// Writes the largest weights, largest first and the lower index first among equals, until their running sum reaches
// `target`: at least one, and all positive ones if their sum stays below it. Returns their number.
int64_t nt_nucleus(nt_pool *pool, const float *weights /* [count] */, int64_t count, double target,
                   int32_t *indices /* [count] */, float *values /* [count] */);
int64_t nt_count_at_least(nt_pool *pool, const float *row /* [count] */, int64_t count, float value);
double nt_exponentiate(nt_pool *pool, float *row /* [count] */, int64_t count, float maximum, float inverse_temperature,
                       float threshold);
int64_t nt_pick_weighted(nt_pool *pool, const float *weights /* [count] */, int64_t count, double target);

// MARK: Measurement

// Best rate of a short loop in registers on all threads: multiplications plus additions per second, of float32 (NT_F32)
// or in dot products of bfloat16 pairs (NT_BF16) or bytes (NT_Q8_0); 0 if the instruction set has none.
double nt_measure_peak(nt_pool *pool, nt_dtype dtype);
// Best rate in bytes per second at which all threads together read `bytes` ([count], several times the cache size).
double nt_measure_read_bandwidth(nt_pool *pool, const void *bytes, size_t count);
