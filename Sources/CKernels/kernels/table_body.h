// The entries of a kernel table that every instruction set has from the bodies here.
.round_row = round_row, .rms_norm_row = rms_norm_row, .silu_multiply_row = silu_multiply_row,
    .rotate_head = rotate_head, .store_row = store_row, .attend_group = attend_group, .merge_row = merge_row,
    .divide_row = divide_row, .row_maximum = row_maximum, .find_at_least = find_at_least,
    .count_at_least = count_at_least, .exp_block = exp_block, .sum_block = sum_block, .multiply_add = multiply_add,
    .read_bytes = read_bytes,
