// Causal attention over the paged cache.
//
// Keys are walked in partitions of 256 absolute positions. Each partition starts from an empty state (maximum, sum,
// weighted values) and is merged into the row's state in order, so a row's result depends on its own keys alone.

#include "cache.h"
#include "scalar_math.h"
#include "threadpool.h"

NT_INLINE float key_element(nt_dtype dtype, const uint8_t *tile, int32_t d, int32_t lane) {
    switch (dtype) {
    case NT_F16: return float_from_f16(load_u16(tile + (d * 16 + lane) * 2));
    case NT_BF16: return float_from_bf16(load_u16(tile + (d / 2 * 32 + lane * 2 + d % 2) * 2));
    default: return ((const float *)tile)[d * 16 + lane];
    }
}

NT_INLINE float stored_value(nt_dtype dtype, const uint8_t *tile, int32_t head_dim, int32_t key, int32_t d) {
    switch (dtype) {
    case NT_F16: return float_from_f16(load_u16(tile + (key * head_dim + d) * 2));
    case NT_BF16: return float_from_bf16(load_u16(tile + ((key / 2 * head_dim + d) * 2 + key % 2) * 2));
    default: return ((const float *)tile)[key * head_dim + d];
    }
}

static float value_element(const nt_attention_group *group, int32_t key, int32_t d) {
    const uint8_t *tile = group->value_tiles[key / 16];
    return stored_value(group->dtype, tile, group->head_dim, key % 16, d);
}

static float scalar_score(const nt_attention_group *group, int32_t row, int32_t key) {
    float score = 0;
    for (int32_t d = 0; d < group->head_dim; d++) {
        const float element = key_element(group->dtype, group->key_tiles[key / 16], d, key % 16);
        score = __builtin_fmaf(element, group->queries[row][d], score);
    }
    score *= group->scale;
    if (group->has_slopes) score = __builtin_fmaf(-group->slopes[row], group->distances[row] - (float)key, score);
    return group->soft_cap > 0 ? scalar_soft_cap(score, group->soft_cap) : score;
}

// bfloat16 values are multiplied by bfloat16 weights.
NT_INLINE float round_weight(nt_dtype dtype, float weight) {
    return dtype == NT_BF16 ? round_to(NT_BF16, weight) : weight;
}

// Adds up the row's values, key by key.
static void add_stored_values(const nt_attention_group *group, int32_t row) {
    float *output = group->outputs[row];
    for (int32_t d = 0; d < group->head_dim; d++) {
        output[d] = 0;
        for (int32_t key = group->first[row]; key < group->last[row]; key++) {
            output[d] =
                __builtin_fmaf(value_element(group, key, d), group->scores[row * NT_PARTITION + key], output[d]);
        }
    }
}

// Adds up the parts of keys that are the row's values: 16 partial sums per dimension, one per key of a tile.
static void add_values_of_keys(const nt_attention_group *group, int32_t row) {
    for (int32_t i = 0; i < group->value_dim; i++) {
        const int32_t d = group->value_offset + i;
        float lanes[16] = {0};
        for (int32_t key = group->first[row]; key < group->last[row]; key++) {
            const float value = key_element(group->dtype, group->key_tiles[key / 16], d, key % 16);
            lanes[key % 16] = __builtin_fmaf(value, group->scores[row * NT_PARTITION + key], lanes[key % 16]);
        }
        group->outputs[row][i] = sum_tree(lanes);
    }
}

void nt_scalar_attend_group(nt_attention_group *group) {
    for (int32_t row = 0; row < group->rows; row++) {
        float *scores = group->scores + row * NT_PARTITION;
        float maximum = -INFINITY, lanes[16] = {0};
        for (int32_t key = group->first[row]; key < group->last[row]; key++) {
            scores[key] = scalar_score(group, row, key);
            maximum = scores[key] > maximum ? scores[key] : maximum;
        }
        for (int32_t key = group->first[row]; key < group->last[row]; key++) {
            const float weight = round_weight(group->dtype, scalar_exp(scores[key] - maximum));
            lanes[key % 16] += weight;
            scores[key] = weight;
        }
        if (group->value_offset < 0) {
            add_stored_values(group, row);
        } else {
            add_values_of_keys(group, row);
        }
        group->maximum[row] = maximum;
        group->sum[row] = sum_tree(lanes);
    }
}

void nt_scalar_merge_state(nt_attention_state *state, float maximum, float sum, const float *values, int64_t count) {
    const float joint = maximum > state->maximum ? maximum : state->maximum;
    const float a = scalar_exp(state->maximum - joint), b = scalar_exp(maximum - joint);
    state->maximum = joint;
    state->sum = __builtin_fmaf(a, state->sum, b * sum);
    for (int64_t i = 0; i < count; i++) state->values[i] = __builtin_fmaf(a, state->values[i], b * values[i]);
}

void nt_scalar_divide_row(const float *input, float divisor, int64_t count, float *output) {
    for (int64_t i = 0; i < count; i++) output[i] = input[i] / divisor;
}

// MARK: Driver

// Target number of query rows per task (tokens times heads that share a key-value head), and maximum number of tokens.
enum { TASK_ROWS = 96, TASK_TOKENS = 16 };
// With fewer tasks than this per thread, partitions are distributed too.
enum { TASKS_PER_THREAD = 4, MAX_SPLIT_BYTES = 16 << 20 };

typedef struct attend_job {
    const nt_kernels *kernels;
    nt_pool *pool;
    const float *queries;
    int64_t row_stride;
    const nt_attention *parameters;
    const nt_batch *batch;
    const nt_cache *cache;
    float *output;
    int64_t shared_heads; // query heads per key-value head
    int64_t task_tokens;
    const int32_t *task_starts; // [sequences + 1]: token tiles before each sequence
    int64_t task_rows;
    // When split over partitions: states of all (task, partition) pairs, [..][task_rows] of state_bytes.
    int64_t partitions;
    uint8_t *states;
} attend_job;

// Query tokens of one sequence with one key-value head, and the states of their rows.
typedef struct attend_task {
    int64_t kv_head, first_token, tokens;
    const int32_t *block_table;
} attend_task;

NT_INLINE int64_t state_bytes(const attend_job *job) {
    return (int64_t)sizeof(nt_attention_state) + ceil_div(job->cache->value_dim, 16) * 64;
}

NT_INLINE nt_attention_state *state_at(const attend_job *job, void *states, int64_t row) {
    return (nt_attention_state *)((uint8_t *)states + row * state_bytes(job));
}

static attend_task task_at(const attend_job *job, int64_t index) {
    const int64_t tile = index / job->cache->kv_heads;
    int64_t low = 0, high = job->batch->sequences - 1;
    while (low < high) {
        const int64_t middle = (low + high + 1) / 2;
        if (job->task_starts[middle] <= tile) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    const int64_t first = job->batch->query_starts[low] + (tile - job->task_starts[low]) * job->task_tokens;
    return (attend_task){
        .kv_head = index % job->cache->kv_heads,
        .first_token = first,
        .tokens = min_i64(job->task_tokens, job->batch->query_starts[low + 1] - first),
        .block_table = job->batch->block_tables + low * job->batch->block_table_stride,
    };
}

// The first key that the token at `position` sees; the last one is its own.
NT_INLINE int64_t first_key(const attend_job *job, int64_t position) {
    const int32_t window = job->parameters->window;
    return window > 0 ? max_i64(0, position - window + 1) : 0;
}

static void clear_states(const attend_job *job, void *states, int64_t rows) {
    memset(states, 0, (size_t)(rows * state_bytes(job)));
    for (int64_t row = 0; row < rows; row++) state_at(job, states, row)->maximum = -INFINITY;
}

// Clears the states of a task's rows before its first partition. A sink is a key without a value before all others.
static void begin_states(const attend_job *job, const attend_task *task, void *states) {
    const int64_t rows = task->tokens * job->shared_heads;
    clear_states(job, states, rows);
    if (job->parameters->sinks == NULL) return;
    for (int64_t row = 0; row < rows; row++) {
        nt_attention_state *state = state_at(job, states, row);
        state->maximum = job->parameters->sinks[task->kv_head * job->shared_heads + row % job->shared_heads];
        state->sum = 1;
    }
}

// Words per row of pairs in a group's scratch.
NT_INLINE int64_t pair_words(const attend_job *job) {
    return max_i64(NT_PARTITION, ceil_div(job->cache->head_dim, 16) * 16) / 2;
}

typedef struct partition_tiles {
    const uint8_t *keys[NT_PARTITION_TILES];
    const uint8_t *values[NT_PARTITION_TILES];
    const uint8_t *after_keys[NT_PARTITION_TILES];
    const uint8_t *after_values[NT_PARTITION_TILES];
} partition_tiles;

// Number of tiles to prefetch. Tiles are scattered over the pool's blocks, which hardware prefetchers do not follow.
enum { TILES_AHEAD = 4 };

// Finds the tiles of keys [begin, end) in partition `start`; all others stay null.
static void find_tiles(const attend_job *job, const attend_task *task, int64_t start, int64_t begin, int64_t end,
                       partition_tiles *tiles) {
    const int64_t first = (begin - start) / 16, last = ceil_div(end - start, 16);
    for (int64_t tile = first; tile < last; tile++) {
        const int64_t position = start + tile * 16;
        tiles->keys[tile] = key_tile(job->cache, task->block_table, position, task->kv_head);
        tiles->values[tile] = values_in_keys(job->cache)
                                  ? tiles->keys[tile]
                                  : value_tile(job->cache, task->block_table, position, task->kv_head);
    }
    // A partition's values follow its keys, and the next partition's keys follow those values.
    const int64_t last_position = job->batch->positions[task->first_token + task->tokens - 1];
    for (int64_t tile = first; tile < last; tile++) {
        const int64_t ahead = tile + TILES_AHEAD;
        const int64_t next = min_i64(start + NT_PARTITION + (ahead - last) * 16, last_position);
        tiles->after_keys[tile] =
            ahead < last ? tiles->keys[ahead] : tiles->values[min_i64(first + ahead - last, last - 1)];
        tiles->after_values[tile] =
            ahead < last ? tiles->values[ahead] : key_tile(job->cache, task->block_table, next, task->kv_head);
    }
}

// Merges one partition into the states of the task's rows ([tokens][shared_heads]). `scratch` holds scores, then
// values.
static void attend_partition(const attend_job *job, const attend_task *task, int64_t partition, void *states,
                             float *scratch) {
    const int64_t start = partition * NT_PARTITION, head_dim = job->cache->head_dim;
    const int64_t value_dim = job->cache->value_dim;
    const int32_t *positions = job->batch->positions + task->first_token;
    const int64_t begin = max_i64(start, first_key(job, positions[0]));
    const int64_t end = min_i64(start + NT_PARTITION, positions[task->tokens - 1] + 1);
    if (begin >= end) return;
    partition_tiles tiles = {0};
    find_tiles(job, task, start, begin, end, &tiles);
    nt_attention_group group = {
        .head_dim = (int32_t)head_dim,
        .value_offset = job->cache->value_offset,
        .value_dim = (int32_t)value_dim,
        .key_tiles = tiles.keys,
        .value_tiles = tiles.values,
        .after_keys = tiles.after_keys,
        .after_values = tiles.after_values,
        .scale = job->parameters->scale,
        .soft_cap = job->parameters->soft_cap,
        .has_slopes = job->parameters->slopes != NULL,
        .dtype = job->cache->dtype,
        .scores = scratch,
        .pairs = (uint32_t *)(scratch + NT_MAX_QUERY_ROWS * NT_PARTITION),
    };
    float *values = scratch + NT_MAX_QUERY_ROWS * (NT_PARTITION + pair_words(job));
    nt_attention_state *row_states[NT_MAX_QUERY_ROWS];
    const int64_t rows = task->tokens * job->shared_heads;
    for (int64_t row = 0; row < rows; row++) {
        const int64_t token = row / job->shared_heads, position = positions[token];
        const int64_t first = max_i64(start, first_key(job, position));
        const int64_t last = min_i64(start + NT_PARTITION, position + 1);
        if (first < last) {
            const int64_t head = task->kv_head * job->shared_heads + row % job->shared_heads;
            const int32_t slot = group.rows++;
            const float *queries = job->queries + (task->first_token + token) * job->row_stride;
            group.queries[slot] = queries + head * head_dim;
            group.outputs[slot] = values + slot * ceil_div(value_dim, 16) * 16;
            group.first[slot] = (int32_t)(first - start);
            if (group.has_slopes) {
                group.slopes[slot] = job->parameters->slopes[head];
                group.distances[slot] = (float)(position - start);
            }
            group.last[slot] = (int32_t)(last - start);
            row_states[slot] = state_at(job, states, row);
        }
        if (group.rows == NT_MAX_QUERY_ROWS || (row == rows - 1 && group.rows > 0)) {
            job->kernels->attend_group(&group);
            for (int32_t i = 0; i < group.rows; i++) {
                job->kernels->merge_state(row_states[i], group.maximum[i], group.sum[i], group.outputs[i], value_dim);
            }
            group.rows = 0;
        }
    }
}

static void write_outputs(const attend_job *job, const attend_task *task, void *states) {
    const int64_t value_dim = job->cache->value_dim, rows = task->tokens * job->shared_heads;
    for (int64_t row = 0; row < rows; row++) {
        const nt_attention_state *state = state_at(job, states, row);
        const int64_t head = task->kv_head * job->shared_heads + row % job->shared_heads;
        const int64_t token = task->first_token + row / job->shared_heads;
        job->kernels->divide_row(state->values, state->sum, value_dim,
                                 job->output + (token * job->parameters->heads + head) * value_dim);
    }
}

NT_INLINE int64_t group_scratch_floats(const attend_job *job) {
    return NT_MAX_QUERY_ROWS * (NT_PARTITION + pair_words(job) + ceil_div(job->cache->value_dim, 16) * 16);
}

// Runs all partitions of a task in order.
static void whole_tile(void *context, int64_t index, int32_t thread) {
    const attend_job *job = context;
    const attend_task task = task_at(job, index);
    float *scratch = nt_pool_thread_scratch(job->pool, thread);
    void *states = scratch + group_scratch_floats(job);
    begin_states(job, &task, states);
    const int32_t *positions = job->batch->positions + task.first_token;
    const int64_t last = positions[task.tokens - 1] / NT_PARTITION;
    for (int64_t partition = first_key(job, positions[0]) / NT_PARTITION; partition <= last; partition++) {
        attend_partition(job, &task, partition, states, scratch);
    }
    write_outputs(job, &task, states);
}

// Runs one partition of a task into its own states.
static void split_tile(void *context, int64_t index, int32_t thread) {
    const attend_job *job = context;
    const attend_task task = task_at(job, index / job->partitions);
    void *states = job->states + index * job->task_rows * state_bytes(job);
    clear_states(job, states, task.tokens * job->shared_heads);
    attend_partition(job, &task, index % job->partitions, states, nt_pool_thread_scratch(job->pool, thread));
}

// Merges the partitions of a split task in order, skipping those that a row did not see, as a whole task does.
static void merge_tile(void *context, int64_t index, int32_t thread) {
    const attend_job *job = context;
    const attend_task task = task_at(job, index);
    const int64_t rows = task.tokens * job->shared_heads;
    void *states = (float *)nt_pool_thread_scratch(job->pool, thread) + group_scratch_floats(job);
    begin_states(job, &task, states);
    for (int64_t partition = 0; partition < job->partitions; partition++) {
        void *parts = job->states + (index * job->partitions + partition) * job->task_rows * state_bytes(job);
        for (int64_t row = 0; row < rows; row++) {
            const nt_attention_state *part = state_at(job, parts, row);
            if (part->maximum == -INFINITY && part->sum == 0) continue;
            job->kernels->merge_state(state_at(job, states, row), part->maximum, part->sum, part->values,
                                      job->cache->value_dim);
        }
    }
    write_outputs(job, &task, states);
}

// Counts the token tiles before each sequence.
static int64_t count_tasks(const nt_batch *batch, int64_t task_tokens, int32_t *starts) {
    starts[0] = 0;
    for (int64_t i = 0; i < batch->sequences; i++) {
        const int64_t tokens = batch->query_starts[i + 1] - batch->query_starts[i];
        starts[i + 1] = starts[i] + (int32_t)ceil_div(tokens, task_tokens);
    }
    return starts[batch->sequences];
}

void nt_attend(nt_pool *pool, const float *queries, int64_t row_stride, const nt_attention *parameters,
               const nt_batch *batch, const nt_cache *cache, float *output) {
    if (batch->tokens == 0) return;
    attend_job job = {
        .kernels = nt_pool_kernels(pool),
        .pool = pool,
        .queries = queries,
        .row_stride = row_stride,
        .parameters = parameters,
        .batch = batch,
        .cache = cache,
        .output = output,
        .shared_heads = parameters->heads / cache->kv_heads,
    };
    int64_t longest = 1;
    for (int64_t i = 0; i < batch->sequences; i++) {
        longest = max_i64(longest, batch->query_starts[i + 1] - batch->query_starts[i]);
    }
    job.task_tokens = max_i64(1, min_i64(min_i64(TASK_TOKENS, longest), TASK_ROWS / job.shared_heads));
    job.task_rows = job.task_tokens * job.shared_heads;
    int64_t last_position = 0;
    for (int64_t i = 0; i < batch->tokens; i++) last_position = max_i64(last_position, batch->positions[i]);
    job.partitions = last_position / NT_PARTITION + 1;
    nt_pool_lock(pool);
    const size_t task_bytes = (size_t)(job.task_rows * state_bytes(&job));
    nt_pool_reserve_thread_scratch(pool, (size_t)group_scratch_floats(&job) * sizeof(float) + task_bytes);
    const size_t start_bytes = (size_t)ceil_div(batch->sequences + 1, 16) * 64;
    int32_t *starts = nt_pool_shared_scratch(pool, start_bytes);
    int64_t tasks = count_tasks(batch, job.task_tokens, starts) * cache->kv_heads;
    const size_t split_bytes = (size_t)(tasks * job.partitions) * task_bytes;
    const int64_t few_tasks = TASKS_PER_THREAD * nt_pool_thread_count(pool);
    const bool split = job.partitions > 1 && tasks < few_tasks && split_bytes <= MAX_SPLIT_BYTES;
    if (split) {
        starts = nt_pool_shared_scratch(pool, start_bytes + split_bytes);
        count_tasks(batch, job.task_tokens, starts);
        job.states = (uint8_t *)starts + start_bytes;
    }
    job.task_starts = starts;
    if (split) {
        nt_pool_run(pool, split_tile, &job, tasks * job.partitions);
        nt_pool_run(pool, merge_tile, &job, tasks);
    } else {
        nt_pool_run(pool, whole_tile, &job, tasks);
    }
    nt_pool_unlock(pool);
}
