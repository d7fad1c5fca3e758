// Lookup of embedding rows in a table of any stored format.

#include "formats.h"
#include "threadpool.h"

enum { TILE_ELEMENTS = 8192 };

typedef struct embed_job {
    const uint32_t *ids;
    const uint8_t *table;
    float *output;
    nt_pool *pool;
    size_t row_bytes;
    int64_t count, features, tile_rows;
    nt_dtype dtype;
    float scale;
    bool adds;
} embed_job;

static void embed_tile(void *context, int64_t tile, int32_t thread) {
    const embed_job *job = context;
    const int64_t first = tile * job->tile_rows, end = min_i64(first + job->tile_rows, job->count);
    for (int64_t i = first; i < end; i++) {
        float *output = job->output + i * job->features;
        float *row = job->adds ? nt_pool_thread_scratch(job->pool, thread) : output;
        nt_dequantize_row(job->dtype, job->table + job->ids[i] * job->row_bytes, job->features, row);
        if (job->scale != 1) {
            for (int64_t f = 0; f < job->features; f++) row[f] *= job->scale;
        }
        if (!job->adds) continue;
        for (int64_t f = 0; f < job->features; f++) output[f] += row[f];
    }
}

void nt_embed(nt_pool *pool, const uint32_t *ids, int64_t count, nt_dtype dtype, const void *table, int64_t features,
              float scale, bool adds, float *output) {
    if (features == 0) return;
    embed_job job = {
        .ids = ids,
        .table = table,
        .output = output,
        .row_bytes = nt_row_byte_count(dtype, features),
        .count = count,
        .features = features,
        .tile_rows = max_i64(1, TILE_ELEMENTS / features),
        .dtype = dtype,
        .pool = pool,
        .scale = scale,
        .adds = adds,
    };
    nt_pool_lock(pool);
    if (adds) nt_pool_reserve_thread_scratch(pool, (size_t)features * sizeof(float));
    nt_pool_run(pool, embed_tile, &job, ceil_div(count, job.tile_rows));
    nt_pool_unlock(pool);
}
