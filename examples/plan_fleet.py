#!/usr/bin/env python3
"""Plans a fleet: which fabric serves three kinds of traffic with the fewest GPUs, and what a day of it takes.

PYTHONPATH=build/release/python python3 examples/plan_fleet.py
"""

import wideep

# What is asked: requests a second at the peak, tokens of prompts and answers, and what users are promised.
MODEL = {"model": "deepseek-r1", "dispatch_dtype": "fp8", "combine_dtype": "bf16", "straggler_factor": 1.11,
         "search": {"overlap": ["none", "dbo"], "split": "half"}}
KINDS = {
    "chat": {"traffic": {"input_tokens": 1024, "output_tokens": 512, "rate": 80}, "slo": {"ttft": "1s", "tpot": "40ms"}},
    "code": {"traffic": {"input_tokens": 8192, "output_tokens": 1024, "rate": 20}, "slo": {"ttft": "4s", "tpot": "25ms"}},
    "batch": {"traffic": {"input_tokens": 2048, "output_tokens": 2048, "rate": 10}, "slo": {"ttft": "30s", "tpot": "150ms"}},
}
FABRICS = ["h200-ib400", "gb200-nvl72"]

# 1. The fewest GPUs of each fabric.
gpus = {}
for kind, asked in KINDS.items():
    for fabric in FABRICS:
        answer = wideep.plan({**MODEL, **asked}, fabric)
        if answer["plan"] is None:
            reasons = "; ".join(reason["message"] for reason in answer["reasons"])
            print(f"{kind:6} on {fabric:12} not at all: {reasons}")
            continue
        plan = answer["plan"]
        gpus[kind, fabric] = plan["gpus"]
        print(f"{kind:6} on {fabric:12} {plan['gpus']:4} GPUs, TTFT {plan['ttft_s']:.2f} s, "
              f"TPOT {1e3 * plan['tpot_s']:.1f} ms, bound by {answer['binding']}")

best = {kind: min((fabric for fabric in FABRICS if (kind, fabric) in gpus), key=lambda fabric, kind=kind: gpus[kind, fabric])
        for kind in KINDS}
print(f"\n{sum(gpus[kind, fabric] for kind, fabric in best.items())} GPUs in all: "
      + ", ".join(f"{kind} on {fabric}" for kind, fabric in best.items()))

# 2. A day of chat: what is needed at the rate of each hour, most of it switched off at night.
HOURS = [0.2, 0.15, 0.1, 0.1, 0.15, 0.25, 0.4, 0.6, 0.8, 0.9, 1, 1, 0.95, 1, 1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.55, 0.4, 0.3]
peak = KINDS["chat"]["traffic"]["rate"]
needed = [wideep.plan({**MODEL, **KINDS["chat"]}, best["chat"], set={"traffic.rate": share * peak})["plan"]["gpus"] for share in HOURS]
print(f"chat needs {min(needed)} to {max(needed)} GPUs by the hour: {sum(needed)} GPU hours a day, not {24 * max(needed)}")

# 3. What a rank decodes at most within the promise, by context: 24 points at once, on all cores.
rows = wideep.sweep({**MODEL, "expert_load": "T*k", "slo": {"tpot": "40ms"}}, best["chat"],
                    axes={"context": "1024:131072:log2", "search.ep_width": [16, 32, 64]})
print("\ncontext  EP  tokens per rank  tokens/s per GPU")
for row in rows:
    if row["ep_width"] is not None and row["context"] in (1024, 8192, 65536):
        print(f"{row['context']:7} {row['ep_width']:3} {row['tokens_per_rank']:16} {row['tokens_per_gpu_per_s']:17,.0f}")
