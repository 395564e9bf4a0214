"""Where the figures of presets/kernels and presets/gpus come from: read by rebuild_presets."""

from dataclasses import dataclass


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


@dataclass(frozen=True)
class Fused:
    table: str
    version: str
    like: str = ""  # preset whose launch of each rank is taken, where the table's widths are too few to show it


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


def trtllm(kernel):
    return Kernel("trtllm_alltoall.gb200.csv", "TensorRT-LLM 1.3.0rc10", f"kernel={kernel}", domain=72)


H100_NIC = 50.0  # GB/s: ConnectX-7
H800_NVLINK = 160.0  # GB/s of 200 that are reached: DeepEP README and issue 16
LL, HT = "deepep-ll-h100-cx7", "deepep-ht-h100-cx7"

# Those that others are like come first.
KERNELS = {
    LL: deepep("ll", "h100_sxm", "0.5.6"),
    "deepep-ll-h200-cx7": deepep("ll", "h200_sxm", "0.5.12", like=LL, nic=50),
    "deepep-ll-h800-cx7": Kernel(like=LL, nvlink=H800_NVLINK, low_latency=True),
    "deepep-ll-h20-cx7": Kernel(like=LL, low_latency=True),
    "deepep-ll-b200-cx7": deepep("ll", "b200_sxm", "0.5.12", like=LL, nic=50),
    "deepep-ll-b300-cx8": deepep("ll", "b300_sxm", "0.5.12", like=LL, nic=100),
    "deepep-ll-gb200": deepep("ll", "gb200", "0.5.12", domain=72, everywhere=True),
    "deepep-ll-gb300": Kernel(like="deepep-ll-gb200", low_latency=True),
    # Its EP 8 was measured with 20 SMs alone; the same source's 0.5.12 shows no gain from 24.
    HT: deepep("normal", "h100_sxm", "0.5.6", full_at=20),
    "deepep-ht-h200-cx7": deepep("normal", "h200_sxm", "0.5.12", like=HT, nic=50),
    "deepep-ht-h800-cx7": Kernel(like=HT, nvlink=H800_NVLINK),
    "deepep-ht-h20-cx7": Kernel(like=HT),
    # The tables end at 24 SMs. On B200, EP 8, DeepEP's Hybrid-EP page has its normal kernels at 48 SMs
    # 1.59 times as fast as at 24 in FP8 dispatch (349 to 554 GB/s) and 1.40 times in combine (420 to
    # 586): as much as 38 and 33 SMs would reach.
    "deepep-ht-b200-cx7": deepep("normal", "b200_sxm", "0.5.12", like=HT, nic=50, full_at=36),
    "deepep-ht-b300-cx8": deepep("normal", "b300_sxm", "0.5.12", like=HT, nic=100, full_at=36),
    "deepep-ht-gb200": deepep("normal", "gb200", "0.5.12", domain=72, everywhere=True, full_at=36),
    "deepep-ht-gb300": Kernel(like="deepep-ht-gb200"),
    "trtllm-one-sided-gb200": trtllm("NVLinkOneSided"),
    "trtllm-two-sided-gb200": trtllm("NVLinkTwoSided"),
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
