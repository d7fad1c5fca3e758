#!/usr/bin/env python3
"""Writes routing.json: the experts that transformers' routers choose for random scores, with their weights.
Needs torch and transformers.

    python3 Tests/KernelTests/Goldens/routing.py > Tests/KernelTests/Goldens/routing.json
"""
import json, sys
from types import SimpleNamespace

import torch
from transformers.models.deepseek_v2.modeling_deepseek_v2 import DeepseekV2TopkRouter
from transformers.models.deepseek_v3.modeling_deepseek_v3 import DeepseekV3TopkRouter
from transformers.models.gpt_oss.modeling_gpt_oss import GptOssTopKRouter
from transformers.models.granitemoe.modeling_granitemoe import GraniteMoeTopKRouter
from transformers.models.mixtral.modeling_mixtral import MixtralTopKRouter
from transformers.models.phimoe.modeling_phimoe import PhimoeTopKRouter
from transformers.models.qwen3_moe.modeling_qwen3_moe import Qwen3MoeTopKRouter


def main():
    torch.manual_seed(20)
    cases = []

    def case(router, experts, active, spec, rows=4, scale=2.0, correction=None, **options):
        """A router whose matrix is the identity, so that its inputs are the scores."""
        options |= {"hidden_size": experts, "num_experts": experts, "num_local_experts": experts,
                    "num_experts_per_tok": active}
        module = router(SimpleNamespace(**options)).eval()
        with torch.no_grad():
            module.weight.copy_(torch.eye(experts))
            if correction is not None:
                module.e_score_correction_bias.copy_(correction)
                spec = spec | {"correction": correction.tolist()}
            scores = torch.randn(rows, experts) * scale
            _, weights, indices = module(scores.clone())
        cases.append({"router": router.__name__, "active": active, "spec": spec, "scores": scores.tolist(),
                      "experts": indices.tolist(), "weights": weights.tolist()})

    for experts, active in [(4, 2), (8, 2), (7, 7)]:
        case(MixtralTopKRouter, experts, active, {"scoring": "softmaxOfSelected"})
        case(GraniteMoeTopKRouter, experts, active, {"scoring": "softmaxOfSelected"})
        case(GptOssTopKRouter, experts, active, {"scoring": "softmaxOfSelected"})
    for experts, active in [(1, 1), (8, 2), (60, 4), (128, 8)]:
        for normalized in [False, True]:
            case(Qwen3MoeTopKRouter, experts, active, {"scoring": "softmax", "isNormalized": normalized},
                 norm_topk_prob=normalized)
    for jitter in [0.0, 0.01, 0.3]:
        for scale in [0.1, 3.0]:
            case(PhimoeTopKRouter, 16, 2, {"scoring": "sparseMixer", "jitter": jitter}, scale=scale,
                 router_jitter_noise=jitter, input_jitter_noise=0.0)
    for factor in [1.0, 16.0]:
        case(DeepseekV2TopkRouter, 8, 3, {"scoring": "softmax", "scale": factor}, topk_method="greedy",
             routed_scaling_factor=factor, n_group=1, topk_group=1)
        case(DeepseekV2TopkRouter, 12, 3, {"scoring": "softmax", "scale": factor, "groups": [4, 2, 1]},
             topk_method="group_limited_greedy", routed_scaling_factor=factor, n_group=4, topk_group=2)
    for normalized in [False, True]:
        for spread in [0.0, 0.5]:
            case(DeepseekV3TopkRouter, 16, 4,
                 {"scoring": "sigmoid", "isNormalized": normalized, "scale": 2.5, "groups": [4, 2, 2]},
                 correction=torch.randn(16) * spread, n_group=4, topk_group=2, norm_topk_prob=normalized,
                 routed_scaling_factor=2.5)
    json.dump(cases, sys.stdout)
    print()


main()
