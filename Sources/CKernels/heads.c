// Norm and rotary embedding of query and key heads, and writing of keys and values to their cache slots.

#include "cache.h"
#include "half.h"
#include "threadpool.h"

void nt_scalar_rotate_head(float *head, const float *cosines, const float *sines, int32_t half, int32_t head_dim,
                           nt_dtype dtype) {
    for (int32_t i = 0; i < half; i++) {
        const float a = head[i], b = head[i + half];
        head[i] = round_to(dtype, __builtin_fmaf(-b, sines[i], a * cosines[i]));
        head[i + half] = round_to(dtype, __builtin_fmaf(a, sines[i], b * cosines[i]));
    }
    for (int32_t i = 2 * half; i < head_dim; i++) head[i] = round_to(dtype, head[i]);
}

void nt_scalar_store_row(nt_dtype dtype, const float *input, int64_t count, void *output) {
    uint16_t *halves = output;
    switch (dtype) {
    case NT_F16:
        for (int64_t i = 0; i < count; i++) halves[i] = f16_from_float(input[i]);
        break;
    case NT_BF16:
        for (int64_t i = 0; i < count; i++) halves[i] = bf16_from_float(input[i]);
        break;
    default: memcpy(output, input, (size_t)count * 4); break;
    }
}

// MARK: Driver

enum { TILE_TOKENS = 8 };

typedef struct heads_job {
    const nt_kernels *kernels;
    float *qkv;
    const nt_heads *heads;
    const nt_batch *batch;
    const nt_cache *cache;
} heads_job;

// Number of elements of a key or value that are converted at once.
enum { ROW_PART = 64 };

// Scatters one key over the lanes of its tile.
static void scatter_key(const heads_job *job, const float *key, uint8_t *tile, int64_t lane) {
    const nt_cache *cache = job->cache;
    float *floats = (float *)tile + lane;
    uint16_t *halves = (uint16_t *)tile + lane, *pairs = (uint16_t *)tile + 2 * lane;
    if (cache->dtype == NT_F32) {
        for (int32_t d = 0; d < cache->head_dim; d++) floats[d * 16] = key[d];
        return;
    }
    for (int32_t first = 0; first < cache->head_dim; first += ROW_PART) {
        uint16_t part[ROW_PART];
        const int32_t count = (int32_t)min_i64(ROW_PART, cache->head_dim - first);
        job->kernels->store_row(cache->dtype, key + first, count, part);
        if (cache->dtype == NT_F16) {
            for (int32_t d = 0; d < count; d++) halves[(first + d) * 16] = part[d];
        } else {
            for (int32_t d = 0; d < count; d++) pairs[(first + d) / 2 * 32 + d % 2] = part[d];
        }
    }
}

// Writes one value row into its tile.
static void store_value(const heads_job *job, const float *value, uint8_t *tile, int64_t lane) {
    const nt_cache *cache = job->cache;
    const int64_t head_dim = cache->head_dim, bytes = element_bytes(cache->dtype);
    if (cache->dtype != NT_BF16) {
        job->kernels->store_row(cache->dtype, value, head_dim, tile + lane * head_dim * bytes);
        return;
    }
    uint16_t *pairs = (uint16_t *)tile + lane / 2 * head_dim * 2 + lane % 2;
    for (int64_t first = 0; first < head_dim; first += ROW_PART) {
        uint16_t part[ROW_PART];
        const int64_t count = min_i64(ROW_PART, head_dim - first);
        job->kernels->store_row(NT_BF16, value + first, count, part);
        for (int64_t d = 0; d < count; d++) pairs[(first + d) * 2] = part[d];
    }
}

static void normalize_heads(const heads_job *job, const nt_norm *norm, int64_t count, float *heads) {
    const int64_t head_dim = job->cache->head_dim;
    if (norm->kind == NT_NORM_NONE) return;
    if (job->heads->norm_scope == NT_NORM_OF_ALL_HEADS) {
        job->kernels->norm_row(norm, NULL, 1, heads, count * head_dim, heads);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        nt_norm own = *norm;
        if (job->heads->norm_scope == NT_NORM_OF_EACH_HEAD) {
            if (own.weight != NULL) own.weight += i * head_dim;
            if (own.bias != NULL) own.bias += i * head_dim;
        }
        job->kernels->norm_row(&own, NULL, 1, heads + i * head_dim, head_dim, heads + i * head_dim);
    }
}

static void clip_elements(float limit, int64_t count, float *elements) {
    if (limit <= 0) return;
    for (int64_t i = 0; i < count; i++) {
        const float value = elements[i];
        elements[i] = value < -limit ? -limit : value > limit ? limit : value;
    }
}

// Normalises, clips, rotates and rounds `count` heads.
static void prepare_heads(const heads_job *job, const nt_norm *norm, int64_t table_row, int64_t count, float *heads) {
    const int32_t half = job->heads->rotated / 2, head_dim = job->cache->head_dim;
    const float *cosines = half > 0 ? job->heads->cosines + table_row * half : NULL;
    const float *sines = half > 0 ? job->heads->sines + table_row * half : NULL;
    normalize_heads(job, norm, count, heads);
    clip_elements(job->heads->clip, count * head_dim, heads);
    for (int64_t i = 0; i < count; i++) {
        job->kernels->rotate_head(heads + i * head_dim, cosines, sines, half, head_dim, job->cache->dtype);
    }
}

// The row of the rotary tables for a token.
static int64_t table_row(const heads_job *job, int64_t token) {
    const nt_batch *batch = job->batch;
    const int64_t row = (int64_t)batch->positions[token] * job->heads->variants;
    const bool varies = job->heads->variants > 1 && batch->rotary_variants != NULL;
    return varies ? row + batch->rotary_variants[batch->sequence_of_token[token]] : row;
}

static void write_token(const heads_job *job, int64_t token) {
    const nt_cache *cache = job->cache;
    const int64_t head_dim = cache->head_dim, position = job->batch->positions[token];
    const int64_t written = job->heads->writes_cache ? cache->kv_heads : 0;
    const int64_t row_heads = job->heads->heads + (values_in_keys(cache) ? written : 2 * written);
    float *queries = job->qkv + token * row_heads * head_dim;
    float *keys = queries + job->heads->heads * head_dim, *values = keys + written * head_dim;
    prepare_heads(job, &job->heads->query_norm, table_row(job, token), job->heads->heads, queries);
    if (written == 0) return;
    prepare_heads(job, &job->heads->key_norm, table_row(job, token), cache->kv_heads, keys);
    const int32_t *table =
        job->batch->block_tables + job->batch->sequence_of_token[token] * job->batch->block_table_stride;
    for (int64_t head = 0; head < cache->kv_heads; head++) {
        scatter_key(job, keys + head * head_dim, key_tile(cache, table, position, head), position % 16);
        if (values_in_keys(cache)) continue;
        clip_elements(job->heads->clip, head_dim, values + head * head_dim);
        store_value(job, values + head * head_dim, value_tile(cache, table, position, head), position % 16);
    }
}

static void write_tile(void *context, int64_t tile, int32_t thread) {
    (void)thread;
    const heads_job *job = context;
    const int64_t end = min_i64((tile + 1) * TILE_TOKENS, job->batch->tokens);
    for (int64_t token = tile * TILE_TOKENS; token < end; token++) write_token(job, token);
}

void nt_write_heads(nt_pool *pool, float *qkv, const nt_heads *heads, const nt_batch *batch, const nt_cache *cache) {
    heads_job job = {nt_pool_kernels(pool), qkv, heads, batch, cache};
    nt_pool_lock(pool);
    nt_pool_run(pool, write_tile, &job, ceil_div(batch->tokens, TILE_TOKENS));
    nt_pool_unlock(pool);
}
