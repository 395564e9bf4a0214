"""Where the figures of presets/kernels and presets/gpus come from: read by rebuild_presets."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Kernel:
    table: str = ""    # of its own; none: all figures are those of `like`
    version: str = ""  # of what was measured
    only: str = ""     # what of the table, as for `fit comm --only`
    domain: int = 8
    everywhere: bool = False   # measured at one width, which stands for every other
    full_at: int = 0   # more SMs than these gain nothing: a cap that the table does not show
    like: str = ""     # kernel preset that tells what the table does not
    nvlink: float = 0  # GB/s that the link gives at most
    nic: float = 0     # GB/s of its data sheet, where `like` tells how it goes beyond one node
    low_latency: bool = False  # DeepEP LL: headers, and SMs held
    collectives: str = ""      # of NCCL: the part of the table's name that says which GPU
    rows: Callable | None = None   # rows of the table -> those that are fitted; none: all of them
    beside: tuple = ()             # further tables, each with such a function
    rows_said: str = ""
    wider: dict = field(default_factory=dict)   # by phase what the table lacks beyond its widest width
    wider_said: str = ""
    shapes: dict | None = None     # LL of all shapes of model, by phase and "errors"
    scaled: dict | None = None     # by phase and width: ratios of latency and bandwidth to those measured


@dataclass(frozen=True)
class Fused:
    table: str
    version: str
    like: str = ""  # preset whose launch of each rank is taken, where the table's widths are too few to show it


@dataclass(frozen=True)
class Curves:
    table: str
    version: str
    library: str   # as kernels of collectives have it
    like: str = ""      # table by which 8 ranks are scaled from 4, where the own one ends there
    like_said: str = ""
    link: float = 0     # how much longer bytes take than in the table
    uncertainty: int = 0  # percent, of what was scaled


@dataclass(frozen=True)
class Gpu:
    experts: str = ""    # the part of the tables' names that says which GPU; none: like's figures
    like: str = ""
    padding: float | None = None  # instead of like's
    attention: str = ""  # likewise of the tables of attention; none: figures of `attention_like`
    attention_like: str = ""
    kernels: str = ""    # likewise of the tables of attention kernels
    context: tuple = ()  # key, percent and source: instead of what `attention_like` has
    picked: tuple = ()   # figures of positions that an indexer picks, and of compressed caches
    compressed: tuple = ()


def deepep(kind, system, version, **more):
    """A table of DeepEP by AIConfigurator, of DeepSeek-V3's shape."""
    return Kernel(f"deepep_{kind}.{system}.sglang-{version}.csv", f"SGLang {version}",
                  "hidden_size=7168,top_k=8,experts=256", low_latency=kind == "ll", **more)


def normal(system, **more):
    return deepep("normal", system, "0.5.12", rows=batches, rows_said=BATCHES_SAID, **more)


def trtllm(kernel, **more):
    return Kernel("trtllm_alltoall.gb200.csv", "TensorRT-LLM 1.3.0rc10", f"kernel={kernel}", domain=72, **more)


def batches(rows):
    """Those of a rank's batch: from 65,536 tokens on times grow up to 30 % faster or slower."""
    return [row for row in rows if int(row["num_token"]) < 65536]


def nodes_of_h100(rows):
    """Beyond one node, without a congested run (8 nodes) and one whose notify takes 4 times as long as
    at any other number of SMs (2 nodes, 12 SMs)."""
    return [row for row in batches(rows) if row["node_num"] in ("2", "4")
            and not (row["node_num"] == "2" and row["dispatch_sms"] == "12")]


def one_node(rows):
    return [row for row in batches(rows) if row["node_num"] == "1"]


def with_prepare(rows):
    """Two-sided dispatch with the prepare step before it, and without combine's cold first calls: at EP
    16 and more a transfer of 1 or 2 tokens takes 25 to 71 us, one of 4 tokens 12 to 19."""
    def key(row): return row["moe_dtype"], row["moe_ep_size"], row["num_tokens"], row["distribution"]
    prepare = {key(row): float(row["latency"]) for row in rows if row["op_name"] == "alltoall_prepare"}
    kept = []
    for row in rows:
        if row["kernel_source"] != "NVLinkTwoSided": continue
        if row["op_name"] == "alltoall_dispatch" and key(row) in prepare:
            kept.append({**row, "latency": repr(float(row["latency"]) + prepare[key(row)])})
        cold = int(row["moe_ep_size"]) >= 16 and int(row["num_tokens"]) <= 2
        if row["op_name"] == "alltoall_combine" and not cold: kept.append(row)
    return kept


H100_NIC = 50.0  # GB/s: ConnectX-7
H800_NVLINK = 160.0  # GB/s of 200 that are reached: DeepEP README and issue 16
LL, HT = "deepep-ll-h100-cx7", "deepep-ht-h100-cx7"

BATCHES_SAID = "Fitted to less than 65,536 tokens, beyond which the slope changes by up to 30 %."
H100_SAID = (BATCHES_SAID + " EP 8 is of the 0.5.12 table, which has six numbers of SMs where 0.5.6 has one. Left out of "
             "0.5.6: EP 64, a congested run, and EP 16 with 12 SMs, whose notify takes 4 times as long as with any "
             "other number.")

# Steps of LL from EP 64 in us. DeepEP docs/legacy.md, H800, 128 tokens, its table of February 2025, in
# which copies to the own node take the NIC too: with all k copies counted its latencies are 13.9, 22.9,
# 26.9, 32.9 and 34.9 us in dispatch at EP 16 to 256, and 10.5, 31.5, 34.5, 50.5 and 41.5 in combine,
# whose two last are averaged: times of 360 and 369 us are read to 2 %.
LL_WIDER = {"dispatch": {"latency": {128: 6.0, 256: 8.0}}, "combine": {"latency": {128: 11.5, 256: 11.5}}}
LL_WIDER_SAID = ("EP 128 and 256: by the steps from EP 64 of DeepEP's own table (docs/legacy.md, H800, 128 tokens), +6 "
                 "and +8 us in dispatch, +11.5 us in combine, within 5 us.")

# LL by experts: latency with one expert on each SM, scale-up bandwidth, what a second expert adds, and
# of dispatch the time of an SM for a token, of combine the bandwidth of an SM.
LL_SHAPES = {
    "h100": {"dispatch": (9.85, 290.4, 2.23, 2.23), "combine": (10.52, 253.7, 1.70, 23.27),
             "errors": "3.2, 8.9, 21 % in dispatch, 3.9, 7.7, 25 % in combine"},
    "h200": {"dispatch": (8.73, 297.4, 1.89, 2.10), "combine": (9.53, 259.5, 1.47, 24.56),
             "errors": "3.2, 8.8, 22 % in dispatch, 3.7, 9.2, 29 % in combine"},
    "b200": {"dispatch": (16.03, 553.8, 4.09, 2.61), "combine": (16.17, 699.5, 4.39, 40.38),
             "errors": "3.7, 10, 24 % in dispatch, 2.9, 7.5, 13 % in combine"},
    "b300": {"dispatch": (16.56, 551.2, 3.86, 2.59), "combine": (16.74, 706.0, 4.81, 41.39),
             "errors": "3.5, 9.2, 24 % in dispatch, 2.1, 5.7, 14 % in combine"},
    "gb200": {"dispatch": (12.19, 600.0, 3.60, 2.51), "combine": (11.64, 775.1, 4.72, 33.98),
              "errors": "4.4, 12, 37 % in dispatch, 4.0, 11, 26 % in combine"}}

# LL inside an NVL72, by EP width: ratios of latency and of bandwidth to those at EP 4, geometric means
# of TensorRT-LLM's two NVLink kernels on GB200 (deepep has no table beyond EP 4 there; EP 64 of the
# one-sided kernel by blog18's step from EP 32; EP 72 continued in log2). The two differ from their mean
# by 2 to 22 % and 7 to 9 % in dispatch, by 13 to 30 % and 13 to 17 % in combine. B200 against GB200, the
# same chip at EP 8 and 4, has 1.29 and 0.89 in dispatch, 1.27 and 0.91 in combine.
NVL72 = {"dispatch": {4: (1.0, 1.0), 8: (1.15, .913), 16: (1.19, .850), 32: (1.26, .790), 64: (1.42, .735),
                      72: (1.44, .726)},
         "combine": {4: (1.0, 1.0), 8: (1.27, .962), 16: (1.32, .896), 32: (1.50, .850), 64: (1.76, .805),
                     72: (1.80, .797)},
         "said": "Measured at EP 4. Beyond, scaled by the mean of what TensorRT-LLM's two NVLink kernels lose with "
                 "the width on GB200: within 15 %, the latency of combine within 30 %."}

# TensorRT-LLM blog18, GB200, one-sided in bf16: EP 64 over EP 32. EP 72 goes on in log2 of the width.
ONE_SIDED_WIDER = {"dispatch": {"latency ratio": {64: 1.26, 72: 1.31}, "up ratio": {64: 0.94, 72: 0.93}},
                   "combine": {"latency ratio": {64: 1.04, 72: 1.05}, "up ratio": {64: 0.94, 72: 0.93}}}
ONE_SIDED_SAID = ("EP 64: the table has none; by the step from EP 32 of TensorRT-LLM blog18 (bf16, GB200): latency 1.26 "
                  "times in dispatch and 1.04 in combine, bandwidth 0.94. EP 72: continued in log2 of the width.")
TWO_SIDED_WIDER = {"dispatch": {"latency ratio": {72: 1.004}, "up ratio": {72: 0.99}},
                   "combine": {"latency ratio": {72: 1.0}, "up ratio": {72: 0.99}}}

# Those that others are like come first.
KERNELS = {
    LL: deepep("ll", "h100_sxm", "0.5.6", shapes=LL_SHAPES["h100"], wider=LL_WIDER, wider_said=LL_WIDER_SAID),
    "deepep-ll-h200-cx7": deepep("ll", "h200_sxm", "0.5.12", like=LL, nic=50, shapes=LL_SHAPES["h200"]),
    "deepep-ll-h800-cx7": Kernel(like=LL, nvlink=H800_NVLINK, low_latency=True),
    "deepep-ll-h20-cx7": Kernel(like=LL, low_latency=True),
    "deepep-ll-b200-cx7": deepep("ll", "b200_sxm", "0.5.12", like=LL, nic=50, shapes=LL_SHAPES["b200"]),
    "deepep-ll-b300-cx8": deepep("ll", "b300_sxm", "0.5.12", like=LL, nic=100, shapes=LL_SHAPES["b300"]),
    "deepep-ll-gb200": deepep("ll", "gb200", "0.5.12", domain=72, shapes=LL_SHAPES["gb200"], scaled=NVL72),
    "deepep-ll-gb300": Kernel(like="deepep-ll-gb200", low_latency=True),
    HT: deepep("normal", "h100_sxm", "0.5.6", rows=nodes_of_h100, rows_said=H100_SAID,
               beside=(("deepep_normal.h100_sxm.sglang-0.5.12.csv", one_node),)),
    "deepep-ht-h200-cx7": normal("h200_sxm", like=HT, nic=50),
    "deepep-ht-h800-cx7": Kernel(like=HT, nvlink=H800_NVLINK),
    "deepep-ht-h20-cx7": Kernel(like=HT),
    # The tables end at 24 SMs. On B200, EP 8, DeepEP's Hybrid-EP page has its normal kernels at 48 SMs
    # 1.59 times as fast as at 24 in FP8 dispatch (349 to 554 GB/s) and 1.40 times in combine (420 to
    # 586): as much as 38 and 33 SMs would reach.
    "deepep-ht-b200-cx7": normal("b200_sxm", like=HT, nic=50, full_at=36),
    "deepep-ht-b300-cx8": normal("b300_sxm", like=HT, nic=100, full_at=36),
    "deepep-ht-gb200": normal("gb200", domain=72, everywhere=True, full_at=36),
    "deepep-ht-gb300": normal("gb300", domain=72, everywhere=True, full_at=36),
    "trtllm-one-sided-gb200": trtllm("NVLinkOneSided", wider=ONE_SIDED_WIDER, wider_said=ONE_SIDED_SAID),
    "trtllm-two-sided-gb200": trtllm("NVLinkTwoSided", rows=with_prepare, wider=TWO_SIDED_WIDER,
                                     rows_said="Dispatch with its prepare step; without combine's cold first calls.",
                                     wider_said="EP 72: continued in log2 of the width."),
    "nccl-ag-rs-h100": Kernel(collectives="h100_sxm"),
    "nccl-ag-rs-h200": Kernel(collectives="h200_sxm"),
    "nccl-ag-rs-b200": Kernel(collectives="b200_sxm"),
    "nccl-ag-rs-b300": Kernel(collectives="b300_sxm"),
    "nccl-ag-rs-gb200": Kernel(collectives="gb200", everywhere=True),
    "nccl-ag-rs-gb300": Kernel(collectives="gb300", everywhere=True),
}

# Likewise.
FUSED = {
    "megamoe-gb200": Fused("megamoe_gb200.csv", "SGLang 0.5.10"),
    "megamoe-gb300": Fused("megamoe_gb300.csv", "SGLang 0.5.10", like="megamoe-gb200"),
    "megamoe-b200": Fused("megamoe_b200.csv", "SGLang 0.5.16"),
}

# Of tensor-parallel groups, by engine: in a CUDA graph, since called one by one by the host they take its
# launches.
ENGINES = {"vllm": "vLLM 0.24.0", "sglang": "SGLang 0.5.14", "trtllm": "TensorRT-LLM 1.3.0rc20"}
NCCL = "NCCL 2.29.2"
MEASURED = {"h100": "h100_sxm", "h200": "h200_sxm", "b200": "b200_sxm", "b300": "b300_sxm"}
# NVL72: the tables end at 4 ranks, a tray, and the same chips in a node of 8 are measured beside them.
TRAYS = {"gb200": "b200", "gb300": "b300"}
# Of H800's NVLink 160 GB/s are reached, of H100's 315 (NCCL's all-to-all): bytes take twice as long, or 2.25
# times by the data sheets, 450 and 200 GB/s.
H800_LINK = 2.0
H800_SAID = ("Measured on H100, whose NVLink has 450 GB/s for H800's 200: what bytes take is doubled, as 315 and 160 GB/s "
             "that are reached have it. What small sizes take is H100's. Within some 15 %.")


def curves(name, library, version):
    """Presets of a library, by name."""
    table = "nccl_collectives" if library == "nccl" else "allreduce"
    def recipe(system, **more): return Curves(f"{table}.{system}.csv", version, library, **more)
    found = {f"{name}-{gpu}": recipe(system) for gpu, system in MEASURED.items()}
    for gpu, other in TRAYS.items():
        found[f"{name}-{gpu}"] = recipe(
            gpu, like=f"{table}.{MEASURED[other]}.csv", uncertainty=10,
            like_said=f"Measured up to 4 ranks. Of 8: the time of 4 here, times that of 8 over that of 4 on "
                      f"{other.upper()} at the same size, within some 10 %.")
    found[f"{name}-h800"] = recipe(MEASURED["h100"], link=H800_LINK, like_said=H800_SAID, uncertainty=15)
    return found


CURVES = {preset: recipe for engine, version in ENGINES.items()
          for preset, recipe in curves(f"allreduce-{engine}", f"{engine}_all_reduce", f"{version}, in a CUDA graph").items()}
CURVES |= curves("nccl-collectives", "nccl", NCCL)

EXPERTS_VERSION = "SGLang 0.5.10"
# Of the prefill tables: their benchmark feeds every rank the tokens of the whole group, which costs
# little at this width and most of the time at wide ones.
PREFILL_EP_WIDTH = 4
KERNELS_VERSION = "SGLang 0.5.14 and TensorRT-LLM 1.3.0rc20"
# FlashMLA issue 30: 120 to 130 of 148 TFLOP/s; Ant Group: its fp8 kernel is 1.7 times as fast.
H20_CONTEXT = (("context_efficiency", 87, "FlashMLA issue 30"),
               ("fp8_context_efficiency", 74, "1.7 times as fast, Ant Group"))
# By hand from attention/dsa_decode and dsv4_{csa,hca}_decode, SGLang 0.5.14; docs/validation.md has the
# errors. H200 dequantizes what is picked (590 TFLOP/s of 989), Blackwell's kernels do not (3.1 PFLOP/s);
# compressed caches are dequantized on both: 430 and 820 TFLOP/s. Indexers: prefill, 39 and 28 % of the
# fp8 rate.
HOPPER = {"picked": (("launch", 80), ("index_launch", 12), ("context_efficiency", 60), ("index_efficiency", 39)),
          "compressed": (("launch", 67), ("index_launch", 18), ("context_efficiency", 43), ("index_efficiency", 39))}
BLACKWELL = {"picked": (("launch", 73), ("index_launch", 12), ("context_efficiency", 55), ("fp8_context_efficiency", 69),
                        ("index_efficiency", 28)),
             "compressed": (("launch", 67), ("index_launch", 18), ("context_efficiency", 36), ("index_efficiency", 28))}
GPUS = {
    "h100-sxm": Gpu("h100_sxm", attention="h100_sxm", kernels="h100_sxm", **HOPPER),
    "h200-sxm": Gpu("h200_sxm", attention="h200_sxm", kernels="h200_sxm", **HOPPER),
    "h800-sxm": Gpu(like="h100-sxm", attention_like="h100-sxm"),
    # Half a tile of 64: the mean of rounding up.
    "h20-sxm": Gpu(like="h100-sxm", padding=32.0, attention_like="h100-sxm", context=H20_CONTEXT),
    "b200-sxm": Gpu("b200_sxm", attention="b200_sxm", kernels="b200_sxm", **BLACKWELL),
    "b300-sxm": Gpu("b300_sxm", attention_like="b200-sxm"),
    "gb200": Gpu("gb200", attention="gb200", kernels="gb200", **BLACKWELL),
    "gb300": Gpu(like="gb200", attention_like="gb200", kernels="gb300"),
}

# LL with receive hooks beyond the domain holds the SMs so long: us, and us a token. On H20, EP 16:
# 13.5 + 5.6 us at 8 tokens to 25.1 + 10.6 us at 128 (Ant Group); combine 1.2 times that, as on B200.
HOOKS = {"dispatch": (18, 0.14), "combine": (22, 0.17)}
# Bytes: a header is of a copy, a token's bytes are of its 8 copies of 7168 elements.
LL_HEADER = {"dispatch": 16, "combine": 0}
LL_TOKEN = {"dispatch": 8 * (7392 + 16), "combine": 8 * 14336}
