// Packs weight rows into the layout of formats.h.

#include "formats.h"
#include "half.h"
#include "threadpool.h"

typedef struct pack_job {
    nt_dtype dtype;
    int64_t inputs, outputs;
    const nt_stored_matrix *stored;
    size_t row_bytes;
    nt_pool *pool;
    uint8_t *packed;
} pack_job;

size_t nt_packed_byte_count(nt_dtype dtype, int64_t inputs, int64_t outputs) {
    return (size_t)ceil_div(outputs, NT_PANEL) * panel_byte_count(dtype, inputs);
}

// Returns the stored row of output `index`; a row of a transposed matrix is gathered in `scratch`.
static const uint8_t *stored_row(const pack_job *job, int64_t index, uint8_t *scratch) {
    const nt_stored_matrix *stored = job->stored;
    const int64_t row = stored->row_map != NULL ? stored->row_map[index] : index;
    if (stored->transposed_rows == 0) return (const uint8_t *)stored->elements + (size_t)row * job->row_bytes;
    const size_t bytes = job->dtype == NT_F32 ? 4 : 2;
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

static void pack_scales(nt_format format, const nt_block *block, int64_t column, uint8_t *record) {
    memcpy(record + column * 2, &block->d, 2);
    switch (format.scales) {
    case NT_SCALES_MIN: memcpy(record + 32 + column * 2, &block->m, 2); break;
    case NT_SCALES_K_MIN:
        memcpy(record + 32 + column * 2, &block->m, 2);
        for (int i = 0; i < 8; i++) {
            record[64 + i * 32 + column] = block->scales[i];
            record[64 + i * 32 + 16 + column] = block->mins[i];
        }
        break;
    case NT_SCALES_K_BIAS:
        for (int i = 0; i < 16; i++) record[32 + i * 16 + column] = block->scales[i];
        break;
    default: break;
    }
}

static void pack_column_quantized(nt_dtype dtype, const uint8_t *row, int64_t inputs, int64_t column, uint8_t *panel) {
    const nt_format format = format_of(dtype);
    nt_block block;
    uint8_t *record = panel;
    for (int64_t k = 0; k < inputs; k += format.record_inputs) {
        nt_read_block(dtype, row, &block);
        pack_scales(format, &block, column, record);
        uint8_t *codes = record + format.header_bytes + column * 4;
        for (int32_t i = 0; i < format.record_inputs; i += NT_GROUP, codes += code_group_bytes(format.code_bits)) {
            pack_codes(format.code_bits, block.codes + i, codes);
        }
        row += format.raw_bytes;
        record += format.record_bytes;
    }
}

static void pack_panel(void *context, int64_t tile, int32_t thread) {
    const pack_job *job = context;
    const size_t bytes = panel_byte_count(job->dtype, job->inputs);
    uint8_t *panel = job->packed + (size_t)tile * bytes;
    const int64_t first = tile * NT_PANEL, columns = min_i64(NT_PANEL, job->outputs - first);
    if (columns < NT_PANEL || job->inputs % 2) memset(panel, 0, bytes);
    for (int64_t column = 0; column < columns; column++) {
        const uint8_t *row = stored_row(job, first + column, nt_pool_thread_scratch(job->pool, thread));
        switch (job->dtype) {
        case NT_F32: pack_column_f32(row, job->inputs, panel + column * 4); break;
        case NT_F16: pack_column_f16(row, job->inputs, panel + column * 2); break;
        case NT_BF16: pack_column_bf16(row, job->inputs, panel + column * 4); break;
        default: pack_column_quantized(job->dtype, row, job->inputs, column, panel); break;
        }
    }
}

void nt_pack_linear(nt_pool *pool, nt_dtype dtype, int64_t inputs, int64_t outputs, const nt_stored_matrix *stored,
                    void *packed) {
    pack_job job = {dtype, inputs, outputs, stored, nt_row_byte_count(dtype, inputs), pool, packed};
    nt_pool_lock(pool);
    nt_pool_reserve_thread_scratch(pool, (size_t)inputs * sizeof(float));
    nt_pool_run(pool, pack_panel, &job, ceil_div(outputs, NT_PANEL));
    nt_pool_unlock(pool);
}
