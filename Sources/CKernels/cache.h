// Addresses inside the cache blocks of one layer; see nt_cache.
#pragma once

#include "common.h"

NT_INLINE int64_t element_bytes(nt_dtype dtype) { return dtype == NT_F32 ? 4 : 2; }

// Whether values are parts of their keys.
NT_INLINE bool values_in_keys(const nt_cache *cache) { return cache->value_offset >= 0; }

// Start of this layer's part of the block that holds `position` of a sequence.
NT_INLINE uint8_t *layer_of_position(const nt_cache *cache, const int32_t *block_table, int64_t position) {
    return cache->pool + block_table[position / cache->block_size] * cache->block_byte_count + cache->layer_offset;
}

// The keys of the 16-position tile that contains `position`: [head_dim][16]; bfloat16: [head_dim / 2][16][2].
NT_INLINE uint8_t *key_tile(const nt_cache *cache, const int32_t *block_table, int64_t position, int64_t kv_head) {
    const int64_t tile = kv_head * (cache->block_size / 16) + position % cache->block_size / 16;
    return layer_of_position(cache, block_table, position) + tile * 16 * cache->head_dim * element_bytes(cache->dtype);
}

// The values of the 16-position tile that contains `position`: [16][head_dim]; bfloat16: [8][head_dim][2].
NT_INLINE uint8_t *value_tile(const nt_cache *cache, const int32_t *block_table, int64_t position, int64_t kv_head) {
    return key_tile(cache, block_table, position, cache->kv_heads + kv_head);
}
