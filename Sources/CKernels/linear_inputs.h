// The inputs of a linear layer in the forms that its weights require.
#pragma once

#include "threadpool.h"

typedef enum input_form { INPUT_FLOATS, INPUT_PAIRS, INPUT_GROUPS } input_form;

typedef struct linear_inputs {
    const nt_kernels *kernels;
    const nt_row_source *source;
    const nt_linear_weights *weights;
    int64_t rows;
    nt_dtype activation;
    int64_t block_rows; // rows per block of groups and pairs
    // Only the forms that are needed; the others are NULL.
    const float *floats;    // [rows][inputs], rounded
    uint32_t *pairs;        // [row blocks][inputs / 2 rounded up][block_rows], bfloat16; missing rows are zero
    nt_input_group *groups; // [row blocks][inputs / 32][block_rows]; missing rows are zero
} linear_inputs;

// Returns the form of inputs that weights of a layout are multiplied with.
input_form nt_form_for(const linear_inputs *inputs, nt_packing packing);

// Makes the forms that the weights need in the pool's shared scratch. The caller must hold the pool's lock.
void nt_prepare_inputs(nt_pool *pool, linear_inputs *inputs);
