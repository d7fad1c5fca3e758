// The inputs of a linear layer in the forms that its weights are multiplied with.
#pragma once

#include "threadpool.h"

typedef enum input_form { INPUT_FLOATS, INPUT_PAIRS, INPUT_GROUPS } input_form;

typedef struct linear_inputs {
    const nt_kernels *kernels;
    const nt_row_source *source;
    int64_t rows, inputs;
    nt_dtype activation;
    int64_t block_rows; // rows a block of groups and pairs
    // Those forms that are needed; the others are NULL.
    const float *floats;    // [rows][inputs], rounded
    uint32_t *pairs;        // [row blocks][inputs / 2 rounded up][block_rows], bfloat16, zero where rows are missing
    nt_input_group *groups; // [row blocks][inputs / 32][block_rows], as well
} linear_inputs;

// The form that meets weights of a type.
input_form nt_form_for(const linear_inputs *inputs, nt_dtype weights);

// Makes the forms that the segments need, in the pool's shared scratch. Needs the pool's lock.
void nt_prepare_inputs(nt_pool *pool, linear_inputs *inputs, const nt_linear_segment *segments, int64_t segment_count);
