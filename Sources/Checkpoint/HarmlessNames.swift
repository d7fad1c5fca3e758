import Support

/// Settings and tensors that may be left unread, because they do not affect the model's results.
enum HarmlessNames {
    /// Members of `config.json`.
    static let settings: Set<String> = [
        // About the file and the code that wrote it.
        "_commit_hash", "_name_or_path", "architectures", "auto_map", "finetuning_task", "is_llama_config",
        "model_type",
        "name_or_path", "tokenizer_class", "transformers.js_config", "transformers_version", "unsloth_fixed",
        "unsloth_version",
        // Memory use and the choice of kernels.
        "_attn_implementation", "_attn_implementation_autoset", "_flash_attn_2_enabled", "attn_implementation",
        "chunk_size_feed_forward", "dtype", "gradient_checkpointing", "pretraining_tp", "torch_dtype", "torchscript",
        "tp_plan", "use_bfloat16", "use_cache", "use_flash_attention", "use_flash_attn",
        // Training.
        "attention_dropout", "attention_probs_dropout_prob", "attn_pdrop", "classifier_dropout", "dropout",
        "embd_pdrop",
        "embedding_dropout", "hidden_dropout", "residual_dropout", "hidden_dropout_prob", "initializer_range",
        "resid_pdrop",
        "router_jitter_noise",
        "summary_activation", "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj",
        // Tokens, which the tokenizer and the generation configuration name.
        "bos_token", "bos_token_id", "cls_token_id", "decoder_start_token_id", "eos_token", "eos_token_id",
        "mask_token_id", "pad_token", "pad_token_id", "sep_token_id", "unk_token_id",
        // Lengths without effect here: the context is `max_position_embeddings`.
        "max_sequence_length", "max_tokenizer_truncation", "model_max_length", "n_ctx", "seq_length",
        "tokenizer_model_max_length",
        // Sampling parameters, in files from before `generation_config.json`.
        "bad_words_ids", "begin_suppress_tokens", "diversity_penalty", "do_sample", "early_stopping",
        "encoder_no_repeat_ngram_size", "exponential_decay_length_penalty", "forced_bos_token_id",
        "forced_eos_token_id",
        "length_penalty", "max_length", "max_new_tokens", "min_length", "no_repeat_ngram_size", "num_beam_groups",
        "num_beams", "num_return_sequences", "output_scores", "remove_invalid_values", "repetition_penalty",
        "return_dict_in_generate", "suppress_tokens", "temperature", "top_k", "top_p", "typical_p",
        // Classification heads and optional outputs.
        "id2label", "label2id", "output_attentions", "output_hidden_states", "prefix", "problem_type", "return_dict",
        "task_specific_params",
    ]

    /// Keys of a GGUF file, without the prefix `tokenizer.` or the architecture's name.
    static let metadata: Set<String> = [
        // Read where it has an effect.
        "rope.scaling.finetuned", "tensor_data_layout",
        "chat_template", "chat_templates", "huggingface.json", "rwkv.world",
        "ggml.add_sep_token", "ggml.bos_token_id", "ggml.cls_token_id", "ggml.eom_token_id", "ggml.eos_token_id",
        "ggml.eot_token_id", "ggml.fim_mid_token_id", "ggml.fim_pad_token_id", "ggml.fim_pre_token_id",
        "ggml.fim_rep_token_id", "ggml.fim_sep_token_id", "ggml.fim_suf_token_id", "ggml.mask_token_id",
        "ggml.middle_token_id", "ggml.padding_token_id", "ggml.prefix_token_id", "ggml.remove_extra_whitespaces",
        "ggml.seperator_token_id", "ggml.suffix_token_id", "ggml.token_type_count", "ggml.unknown_token_id",
    ]

    /// Suffixes of tensor names: tables that are computed from the settings.
    static let tensorEndings = [".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias"]
}

extension JSONValue {
    /// True for null, false, zero and empty values, which leave a setting unused.
    var isUnset: Bool {
        switch self {
        case .null: true
        case .bool(let flag): !flag
        case .integer(let value): value == 0
        case .double(let value): value == 0
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty
        case .largeInteger: false
        }
    }
}

extension GGUFValue {
    /// True for false, zero and empty values, which leave a setting unused.
    var isUnset: Bool {
        switch self {
        case .bool(let flag): !flag
        case .integer(let value): value == 0
        case .double(let value): value == 0
        case .text(let range): range.isEmpty
        case .array(_, let count, _): count == 0
        }
    }
}
