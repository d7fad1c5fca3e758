// Packs weight rows into the layout of packed.h.

#include <stdatomic.h>

#include "formats.h"
#include "half.h"
#include "threadpool.h"

// The least place that any thread has noted; -1 for none.
typedef _Atomic int64_t first_place;

static void note_place(first_place *first, int64_t place) {
    int64_t seen = atomic_load(first);
    while ((seen < 0 || place < seen) && !atomic_compare_exchange_weak(first, &seen, place)) {
    }
}

static void check_row(first_place *first, nt_dtype dtype, const uint8_t *raw, int64_t row, int64_t count) {
    const int64_t index = nt_first_non_finite(dtype, raw, count);
    if (index >= 0) note_place(first, row * count + index);
}

typedef struct pack_job {
    nt_packing packing;
    int64_t inputs, outputs;
    const nt_stored_matrix *stored;
    size_t row_bytes;
    nt_pool *pool;
    uint8_t *packed;
    first_place *non_finite;
} pack_job;

size_t nt_packed_byte_count(nt_packing packing, int64_t inputs, int64_t outputs) {
    return (size_t)ceil_div(outputs, NT_PANEL) * panel_byte_count(packing, inputs);
}

// Returns a stored row; a row of a transposed matrix is gathered in `scratch`.
static const uint8_t *stored_row(const pack_job *job, int64_t row, uint8_t *scratch) {
    const nt_stored_matrix *stored = job->stored;
    if (stored->transposed_rows == 0) return (const uint8_t *)stored->elements + (size_t)row * job->row_bytes;
    const size_t bytes = stored->dtype == NT_F32 ? 4 : 2;
    const uint8_t *column = (const uint8_t *)stored->elements + (size_t)row * bytes;
    for (int64_t k = 0; k < job->inputs; k++) {
        memcpy(scratch + (size_t)k * bytes, column + (size_t)(k * stored->transposed_rows) * bytes, bytes);
    }
    return scratch;
}

static void pack_column_f32(const uint8_t *row, int64_t inputs, uint8_t *out) {
    for (int64_t k = 0; k < inputs; k++) memcpy(out + k * 64, row + k * 4, 4);
}

static void pack_column_f16(const uint8_t *row, int64_t inputs, uint8_t *out) {
    for (int64_t k = 0; k < inputs; k++) memcpy(out + k * 32, row + k * 2, 2);
}

static void pack_column_bf16(const uint8_t *row, int64_t inputs, uint8_t *out) {
    for (int64_t k = 0; k + 1 < inputs; k += 2) memcpy(out + k * 32, row + k * 2, 4);
    if (inputs % 2) memcpy(out + (inputs - 1) * 32, row + (inputs - 1) * 2, 2);
}

NT_INLINE uint32_t load_word(const uint8_t *bytes) {
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

NT_INLINE void store_word(uint8_t *bytes, uint32_t word) { memcpy(bytes, &word, sizeof word); }

// Packs the 32 codes of a column's group, four per word; `codes` is the column's first word of the group.
static void pack_codes(int32_t code_bits, const uint8_t *restrict plain, uint8_t *restrict codes) {
    uint32_t steps[8];
    for (int i = 0; i < 8; i++) steps[i] = load_word(plain + 4 * i);
    if (code_bits == 8) {
        for (int i = 0; i < 8; i++) store_word(codes + i * 64, steps[i]);
        return;
    }
    const uint32_t nibbles = 0x0F0F0F0F;
    for (int i = 0; i < 4; i++) {
        store_word(codes + i * 64, (steps[2 * i] & nibbles) | (steps[2 * i + 1] & nibbles) << 4);
    }
    uint32_t high[2] = {0};
    if (code_bits == 5) {
        for (int i = 0; i < 8; i++) high[0] |= (steps[i] >> 4 & 0x01010101) << i;
    } else {
        for (int i = 0; i < 8; i++) high[i / 4] |= (steps[i] >> 4 & 0x03030303) << (i % 4 * 2);
    }
    for (int i = 0; i < code_bits - 4; i++) store_word(codes + 256 + i * 64, high[i]);
}

static void pack_scales(nt_packed_format format, const nt_block *block, int64_t column, uint8_t *record) {
    memcpy(record + column * 2, &block->d, 2);
    switch (format.scales) {
    case NT_SCALES_MIN: memcpy(record + 32 + column * 2, &block->m, 2); break;
    case NT_SCALES_ZERO: record[32 + column] = block->zero; break;
    case NT_SCALES_K_MIN:
        memcpy(record + 32 + column * 2, &block->m, 2);
        for (int i = 0; i < 8; i++) {
            record[64 + i * 32 + column] = block->scales[i];
            record[64 + i * 32 + 16 + column] = block->mins[i];
        }
        break;
    case NT_SCALES_K_FIXED:
        for (int i = 0; i < 16; i++) record[32 + i * 16 + column] = block->scales[i];
        break;
    default: break;
    }
}

static void pack_block(nt_packed_format format, const nt_block *block, int64_t column, uint8_t *record) {
    pack_scales(format, block, column, record);
    uint8_t *codes = record + format.header_bytes + column * 4;
    for (int32_t i = 0; i < format.record_inputs; i += NT_GROUP, codes += code_group_bytes(format.code_bits)) {
        pack_codes(format.code_bits, block->codes + i, codes);
    }
}

static void pack_column_blocks(const pack_job *job, const uint8_t *raw, int64_t column, uint8_t *panel) {
    const nt_packed_format format = packed_format(job->packing);
    const nt_dtype dtype = job->stored->dtype;
    nt_block block;
    for (int64_t k = 0; k < job->inputs; k += format.record_inputs, panel += format.record_bytes) {
        nt_read_block(dtype, raw, &block);
        pack_block(format, &block, column, panel);
        raw += NT_STORED_FORMATS[dtype].block_bytes;
    }
}

static void pack_column_codes(const pack_job *job, int64_t row, int64_t column, uint8_t *panel) {
    const nt_packed_format format = packed_format(job->packing);
    const nt_stored_codes *stored = job->stored->codes;
    const uint8_t *codes = stored->codes + row * job->inputs;
    const int64_t groups = job->inputs / stored->group;
    nt_block block;
    for (int64_t k = 0; k < job->inputs; k += format.record_inputs, panel += format.record_bytes) {
        const int64_t group = row * groups + k / stored->group;
        block.d = stored->scales[group];
        block.zero = stored->zeros != NULL ? stored->zeros[group] : stored->zero;
        for (int64_t i = 0; i < format.record_inputs; i++) {
            block.codes[i] = codes[stored->input_order != NULL ? stored->input_order[k + i] : k + i];
        }
        pack_block(format, &block, column, panel);
    }
}

static void pack_panel(void *context, int64_t tile, int32_t thread) {
    const pack_job *job = context;
    const size_t bytes = panel_byte_count(job->packing, job->inputs);
    uint8_t *panel = job->packed + (size_t)tile * bytes, *scratch = nt_pool_thread_scratch(job->pool, thread);
    const int64_t first = tile * NT_PANEL, columns = min_i64(NT_PANEL, job->outputs - first);
    if (columns < NT_PANEL || job->inputs % 2) memset(panel, 0, bytes);
    for (int64_t c = 0; c < columns; c++) {
        const int64_t row = job->stored->row_map != NULL ? job->stored->row_map[first + c] : first + c;
        if (job->stored->codes != NULL) {
            pack_column_codes(job, row, c, panel);
            continue;
        }
        const uint8_t *raw = stored_row(job, row, scratch);
        check_row(job->non_finite, job->stored->dtype, raw, row, job->inputs);
        switch (job->packing) {
        case NT_PACKED_F32: pack_column_f32(raw, job->inputs, panel + c * 4); break;
        case NT_PACKED_F16: pack_column_f16(raw, job->inputs, panel + c * 2); break;
        case NT_PACKED_BF16: pack_column_bf16(raw, job->inputs, panel + c * 4); break;
        default: pack_column_blocks(job, raw, c, panel); break;
        }
    }
}

int64_t nt_pack_linear(nt_pool *pool, nt_packing packing, int64_t inputs, int64_t outputs,
                       const nt_stored_matrix *stored, void *packed) {
    const size_t row_bytes = stored->codes == NULL ? nt_row_byte_count(stored->dtype, inputs) : 0;
    first_place non_finite = -1;
    pack_job job = {packing, inputs, outputs, stored, row_bytes, pool, packed, &non_finite};
    nt_pool_lock(pool);
    nt_pool_reserve_thread_scratch(pool, (size_t)inputs * sizeof(float));
    nt_pool_run(pool, pack_panel, &job, ceil_div(outputs, NT_PANEL));
    nt_pool_unlock(pool);
    return non_finite;
}

// Number of rows per tile of a search.
enum { SEARCH_ROWS = 32 };

typedef struct search_job {
    nt_dtype dtype;
    const uint8_t *elements;
    int64_t rows, columns;
    first_place *non_finite;
} search_job;

static void search_tile(void *context, int64_t tile, int32_t thread) {
    (void)thread;
    const search_job *job = context;
    const size_t row_bytes = nt_row_byte_count(job->dtype, job->columns);
    const int64_t end = min_i64((tile + 1) * SEARCH_ROWS, job->rows);
    for (int64_t row = tile * SEARCH_ROWS; row < end; row++) {
        check_row(job->non_finite, job->dtype, job->elements + (size_t)row * row_bytes, row, job->columns);
    }
}

int64_t nt_find_non_finite(nt_pool *pool, nt_dtype dtype, const void *elements, int64_t rows, int64_t columns) {
    first_place non_finite = -1;
    search_job job = {dtype, elements, rows, columns, &non_finite};
    nt_pool_lock(pool);
    nt_pool_run(pool, search_tile, &job, ceil_div(rows, SEARCH_ROWS));
    nt_pool_unlock(pool);
    return non_finite;
}
