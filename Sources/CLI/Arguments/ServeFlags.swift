/// vLLM's flags that are accepted without effect, or refused because this program does not have the feature.
enum ServeFlags {
    enum Verdict {
        /// Asks for what every server does anyway; accepted with a notice.
        case always
        /// Has no effect; accepted with a notice.
        case ignored
        /// Has no effect with these values; refused with others.
        case only([String])
        /// Always refused.
        case unsupported
    }

    struct Flag {
        let takesValue: Bool
        let verdict: Verdict
    }

    /// This program's own flags that take no value.
    private static let switches: Set<String> = [
        "enable-prefix-caching", "timings", "profile", "skip-tokenizer-init", "enable-ssl-refresh", "allow-credentials",
        "log-requests", "enable-log-requests", "enable-prompt-tokens-details", "enable-per-request-metrics",
        "enable-force-include-usage", "return-tokens-as-token-ids", "enable-tokenizer-info-endpoint",
        "enable-dev-routes", "disable-fastapi-docs", "trust-remote-code", "trust-request-chat-template",
    ]

    static func isSwitch(_ name: String) -> Bool { known[name].map { !$0.takesValue } ?? switches.contains(name) }

    /// Whether `--no-name` is a flag as well; without it, `false` in a file is the default and needs no flag.
    static func hasNegation(_ name: String) -> Bool {
        ["enable-prefix-caching", "trust-remote-code"].contains(name) || known["no-" + name] != nil
    }

    static let known: [String: Flag] = {
        var flags: [String: Flag] = [:]
        func add(_ names: String, takesValue: Bool, _ verdict: Verdict) {
            for name in names.split(separator: " ") {
                flags[String(name)] = Flag(takesValue: takesValue, verdict: verdict)
            }
        }
        add("enable-request-id-headers enable-server-load-tracking enable-chunked-prefill", takesValue: false, .always)
        // Settings that this engine has anyway or does not need.
        add(
            """
            enforce-eager no-enforce-eager no-enable-chunked-prefill \
            disable-log-stats disable-log-requests no-enable-log-requests disable-uvicorn-access-log \
            async-scheduling no-async-scheduling \
            disable-hybrid-kv-cache-manager scheduler-reserve-full-isl no-scheduler-reserve-full-isl \
            disable-frontend-multiprocessing enable-offline-docs enable-log-outputs disable-cascade-attn \
            disable-custom-all-reduce disable-chunked-mm-input
            """, takesValue: false, .ignored)
        add(
            """
            gpu-memory-utilization swap-space cpu-offload-gb uvicorn-log-level max-log-len download-dir \
            disable-access-log-for-endpoints max-seq-len-to-capture optimization-level compilation-config \
            mm-processor-cache-gb max-num-partial-prefills prefix-caching-hash-algo max-cudagraph-capture-size \
            distributed-executor-backend guided-decoding-backend structured-outputs-config \
            max-parallel-loading-workers
            """, takesValue: true, .ignored)
        add(
            "tensor-parallel-size pipeline-parallel-size data-parallel-size api-server-count nnodes", takesValue: true,
            .only(["1"]))
        add("load-format", takesValue: true, .only(["auto", "safetensors", "gguf"]))
        add("tokenizer-mode config-format", takesValue: true, .only(["auto", "hf"]))
        add("model-impl", takesValue: true, .only(["auto", "vllm"]))
        add("kv-cache-dtype", takesValue: true, .only(["auto"]))
        add("runner", takesValue: true, .only(["auto", "generate"]))
        add("convert", takesValue: true, .only(["auto", "none"]))
        add("quantization", takesValue: true, .only(["none", "gguf"]))
        // Clients need a certificate whenever --ssl-ca-certs is given.
        add("ssl-cert-reqs", takesValue: true, .only(["2"]))
        add("chat-template-content-format", takesValue: true, .only(["auto", "string"]))
        add("fingerprint-mode", takesValue: true, .only(["hash"]))
        add(
            """
            enable-auto-tool-choice enable-lora enable-sleep-mode enable-expert-parallel headless tokens-only \
            enable-mfu-metrics kv-cache-metrics enable-prompt-embeds enable-metrics
            """, takesValue: false, .unsupported)
        add(
            """
            tool-call-parser reasoning-parser tool-parser-plugin lora-modules max-loras max-lora-rank speculative-config \
            kv-transfer-config kv-events-config kv-offloading-size ec-transfer-config hf-config-path middleware otlp-traces-endpoint limit-mm-per-prompt logits-processors \
            pooler-config allowed-local-media-path tool-server ssl-ciphers data-parallel-rank data-parallel-address \
            max-cpu-loras lora-dtype mamba-cache-mode mamba-cache-dtype mamba-ssm-cache-dtype kv-offloading-backend \
            mm-processor-kwargs output-tmp-dir
            """, takesValue: true, .unsupported)
        return flags
    }()

    /// vLLM's short names.
    static let aliases = [
        "tp": "tensor-parallel-size", "pp": "pipeline-parallel-size", "dp": "data-parallel-size", "q": "quantization",
        "O": "optimization-level",
    ]
}
