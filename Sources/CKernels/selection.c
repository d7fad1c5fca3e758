// The largest elements of a row, largest first, the lower index first among equals. A heap finds a few of them; a
// histogram and a radix sort find many, in linear time for any values. NaNs are never selected.

#include "scalar_math.h"
#include "threadpool.h"

#include <stdlib.h>

// Maximum number of elements that a heap finds.
enum { HEAP_CAPACITY = 128 };

// A heap of the best elements so far, the worst on top; among equals the higher index is worse.
typedef struct best_heap {
    int32_t *indices;
    float *values;
    int64_t count;
} best_heap;

NT_INLINE bool is_worse(const best_heap *heap, int64_t a, int64_t b) {
    if (heap->values[a] != heap->values[b]) return heap->values[a] < heap->values[b];
    return heap->indices[a] > heap->indices[b];
}

NT_INLINE void swap_entries(best_heap *heap, int64_t a, int64_t b) {
    const int32_t index = heap->indices[a];
    const float value = heap->values[a];
    heap->indices[a] = heap->indices[b];
    heap->values[a] = heap->values[b];
    heap->indices[b] = index;
    heap->values[b] = value;
}

static void sift_down(best_heap *heap, int64_t at) {
    for (;;) {
        int64_t worst = at;
        if (2 * at + 1 < heap->count && is_worse(heap, 2 * at + 1, worst)) worst = 2 * at + 1;
        if (2 * at + 2 < heap->count && is_worse(heap, 2 * at + 2, worst)) worst = 2 * at + 2;
        if (worst == at) return;
        swap_entries(heap, at, worst);
        at = worst;
    }
}

static void push(best_heap *heap, int32_t index, float value) {
    int64_t at = heap->count++;
    heap->indices[at] = index;
    heap->values[at] = value;
    for (; at > 0 && is_worse(heap, at, (at - 1) / 2); at = (at - 1) / 2) swap_entries(heap, at, (at - 1) / 2);
}

// Writes the `k` largest elements, or fewer if fewer are numbers. Returns -1 if too many elements enter the heap, as in
// an ascending row.
static int64_t heap_largest(const nt_kernels *kernels, const float *row, int64_t count, int64_t k, int32_t *indices,
                            float *values) {
    best_heap heap = {indices, values, 0};
    int64_t i = 0;
    for (; i < count && heap.count < k; i++) {
        if (!isnan(row[i])) push(&heap, (int32_t)i, row[i]);
    }
    if (heap.count == 0) return 0;
    int64_t entries_left = count / 8 + 8 * HEAP_CAPACITY;
    // A later element enters only if it is greater, so the first ones among equals stay.
    while ((i = kernels->find_at_least(row, i, count, values[0], true)) < count) {
        if (entries_left-- == 0) return -1;
        indices[0] = (int32_t)i;
        values[0] = row[i];
        sift_down(&heap, 0);
        i++;
    }
    const int64_t found = heap.count;
    while (heap.count > 1) {
        swap_entries(&heap, 0, heap.count - 1);
        heap.count--;
        sift_down(&heap, 0);
    }
    return found;
}

// MARK: Radix sort

// A key that decreases with the value and is equal for the two zeros.
NT_INLINE uint32_t descending_key(float value) {
    const uint32_t bits = bits_of(value + 0.0f);
    return bits >> 31 ? bits : ~(bits | 0x80000000u);
}

enum { DIGIT_BITS = 11, DIGIT_VALUES = 1 << DIGIT_BITS, DIGITS = 3 };

// Elements as descending_key << 32 | index, with room for as many again.
typedef struct entry_buffer {
    uint64_t *entries;
    uint64_t *spare;
    int64_t count;
} entry_buffer;

// Has room for one more entry than requested, because collecting writes ahead of what it keeps.
static entry_buffer make_buffer(int64_t capacity) {
    uint64_t *entries = malloc(sizeof(uint64_t) * 2 * (size_t)(capacity + 1));
    if (entries == NULL) abort();
    return (entry_buffer){entries, entries + capacity + 1, 0};
}

NT_INLINE uint32_t digit_of(uint64_t entry, int digit) {
    return (uint32_t)(entry >> (32 + DIGIT_BITS * digit)) & (DIGIT_VALUES - 1);
}

// Sorts entries in ascending order. They arrive with ascending indices, and equal keys keep their order.
static const uint64_t *sort_entries(const entry_buffer *buffer) {
    uint32_t starts[DIGITS][DIGIT_VALUES] = {{0}};
    uint64_t *from = buffer->entries;
    uint64_t *to = buffer->spare;
    for (int64_t i = 0; i < buffer->count; i++) {
        for (int digit = 0; digit < DIGITS; digit++) starts[digit][digit_of(from[i], digit)]++;
    }
    for (int digit = 0; digit < DIGITS; digit++) {
        if (buffer->count > 0 && starts[digit][digit_of(from[0], digit)] == buffer->count) continue;
        uint32_t next = 0;
        for (int value = 0; value < DIGIT_VALUES; value++) {
            const uint32_t size = starts[digit][value];
            starts[digit][value] = next;
            next += size;
        }
        for (int64_t i = 0; i < buffer->count; i++) to[starts[digit][digit_of(from[i], digit)]++] = from[i];
        uint64_t *const swap = from;
        from = to;
        to = swap;
    }
    return from;
}

// MARK: Top-k

enum { KEY_BUCKET_SHIFT = 20, KEY_BUCKETS = 1 << (32 - KEY_BUCKET_SHIFT) };

// Returns the first key bucket with which `k` elements are reached; the last bucket if fewer are numbers.
static uint32_t bucket_of_kth(const float *row, int64_t count, int64_t k) {
    uint32_t sizes[KEY_BUCKETS] = {0};
    for (int64_t i = 0; i < count; i++) sizes[descending_key(row[i]) >> KEY_BUCKET_SHIFT] += !isnan(row[i]);
    int64_t reached = 0;
    for (uint32_t bucket = 0; bucket < KEY_BUCKETS; bucket++) {
        reached += sizes[bucket];
        if (reached >= k) return bucket;
    }
    return KEY_BUCKETS - 1;
}

static int64_t radix_largest(const float *row, int64_t count, int64_t k, int32_t *indices, float *values) {
    const uint32_t last = bucket_of_kth(row, count, k);
    entry_buffer buffer = make_buffer(count);
    for (int64_t i = 0; i < count; i++) {
        const uint32_t key = descending_key(row[i]);
        buffer.entries[buffer.count] = (uint64_t)key << 32 | (uint64_t)i;
        buffer.count += key >> KEY_BUCKET_SHIFT <= last && !isnan(row[i]);
    }
    const uint64_t *sorted = sort_entries(&buffer);
    const int64_t found = min_i64(k, buffer.count);
    for (int64_t i = 0; i < found; i++) {
        indices[i] = (int32_t)sorted[i];
        values[i] = row[indices[i]];
    }
    free(buffer.entries);
    return found;
}

int64_t nt_top_k(nt_pool *pool, const float *row, int64_t count, int64_t k, int32_t *indices, float *values) {
    if (k <= HEAP_CAPACITY) {
        const int64_t found = heap_largest(nt_pool_kernels(pool), row, count, k, indices, values);
        if (found >= 0) return found;
    }
    return radix_largest(row, count, k, indices, values);
}

// MARK: Top-p

// Buckets of weights by the top bits of their positive bit patterns. Sums are kept in several copies, so that
// consecutive additions do not wait for each other.
enum { WEIGHT_BUCKET_SHIFT = 21, WEIGHT_BUCKETS = 1 << (31 - WEIGHT_BUCKET_SHIFT), SUM_COPIES = 4 };

NT_INLINE uint32_t weight_bucket(float weight) { return bits_of(weight > 0 ? weight : 0) >> WEIGHT_BUCKET_SHIFT; }

// Returns the largest bucket whose weights, with all larger ones, surely reach `target`; 0 if not even all do.
static uint32_t bucket_reaching(const float *weights, int64_t count, double target) {
    double sums[SUM_COPIES][WEIGHT_BUCKETS] = {{0}};
    for (int64_t i = 0; i < count; i++) {
        sums[i % SUM_COPIES][weight_bucket(weights[i])] += (double)(weights[i] > 0 ? weights[i] : 0);
    }
    // These sums are added in another order than in the definition; the margin far exceeds the possible difference.
    const double enough = target * (1 + 0x1p-24);
    double sum = 0;
    for (uint32_t bucket = WEIGHT_BUCKETS - 1; bucket > 0; bucket--) {
        for (int copy = 0; copy < SUM_COPIES; copy++) sum += sums[copy][bucket];
        if (sum > 0 && sum >= enough) return bucket;
    }
    return 0;
}

// Returns how many of the leading weights, all positive, it takes to reach `target`; 0 if they do not reach it.
static int64_t count_reaching(const float *weights, int64_t count, double target) {
    double sum = 0;
    for (int64_t i = 0; i < count && weights[i] > 0; i++) {
        sum += (double)weights[i];
        if (sum >= target) return i + 1;
    }
    return 0;
}

static int64_t radix_nucleus(const float *weights, int64_t count, double target, int32_t *indices, float *values) {
    const uint32_t last = bucket_reaching(weights, count, target);
    entry_buffer buffer = make_buffer(count);
    for (int64_t i = 0; i < count; i++) {
        buffer.entries[buffer.count] = (uint64_t)descending_key(weights[i]) << 32 | (uint64_t)i;
        buffer.count += weights[i] > 0 && weight_bucket(weights[i]) >= last;
    }
    const uint64_t *sorted = sort_entries(&buffer);
    double sum = 0;
    int64_t found = 0;
    while (found < buffer.count && !(found > 0 && sum >= target)) {
        indices[found] = (int32_t)sorted[found];
        values[found] = weights[indices[found]];
        sum += (double)values[found];
        found++;
    }
    free(buffer.entries);
    return found;
}

int64_t nt_nucleus(nt_pool *pool, const float *weights, int64_t count, double target, int32_t *indices, float *values) {
    // A few tokens often hold nearly all the weight.
    const int64_t few = min_i64(HEAP_CAPACITY, count);
    const int64_t found = heap_largest(nt_pool_kernels(pool), weights, count, few, indices, values);
    const int64_t kept = count_reaching(values, found, target);
    return kept > 0 ? kept : radix_nucleus(weights, count, target, indices, values);
}
