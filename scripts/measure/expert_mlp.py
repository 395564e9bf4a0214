#!/usr/bin/env python3
"""Times the routed experts of one rank on one GPU, and writes a CSV for `wideep-opt fit compute`.

One row is one layer's experts of one rank: `local_experts` experts, each with `tokens_per_expert`
routed tokens, through the gate/up projection, SiLU-mul (with the cast to FP8 where dtype is fp8) and
the down projection. Dispatch, combine, the gate and shared experts are not in it. Weights come from
HBM: the L2 cache is filled with other data before every repetition. `--layout masked` (default) is
decode: each expert has room of its own for its tokens, and all is one CUDA graph, without launches
from the host. `--layout contiguous` is prefill: rows packed expert after expert, and launches from a
host that, as after DeepEP's dispatch, had to wait for the number of rows.

    expert_mlp.py --hidden 7168 --expert-size 2048 --local-experts 1,2,4,8,16,32 \\
        --tokens-per-expert 1,2,4,...,1024 --dtype bf16,fp8 --out experts.csv

Needs PyTorch and one CUDA GPU. `--device cpu` runs fp32 and bf16 with a PyTorch without CUDA;
`--device none` is a self-test that times an empty function and needs no PyTorch at all.

Exit codes: 0 written, 1 nothing could be measured or a result was wrong (then nothing is written),
2 bad usage.
"""

import argparse
import csv
import dataclasses
import datetime
import fractions
import io
import math
import os
import shlex
import subprocess
import sys
import tempfile
import time

COLUMNS = ("device", "dtype", "hidden_size", "expert_size", "local_experts", "tokens_per_expert",
           "time_us", "time_us_p10", "time_us_p90", "repetitions", "implementation", "layout")
DTYPES = {"cuda": ("bf16", "fp8", "fp32"), "cpu": ("fp32", "bf16"), "none": ("bf16", "fp8", "fp32")}
DEFAULT_DTYPES = {"cuda": "bf16,fp8", "cpu": "fp32,bf16", "none": "bf16,fp8"}

MAX_GRID = 10_000  # points of one option: a slip in a range, not a wish
WARM_UPS = 10      # clocks, caches of cuBLAS, kernels compiled on first use

# A row that is a multiple of 16 bytes is what tensor cores take, in FP8 too.
GEMM_ALIGNMENT = 16
# DeepGEMM's FP8 scales cover 128 elements.
DEEP_GEMM_BLOCK = 128
# DeepGEMM's masked kernels store whole tiles: the room of an expert is a multiple of the tallest one,
# lest a tile reach into the next expert's rows.
DEEP_GEMM_ROOM = 256
# More than twice the largest L2 (126 MB on B200), for a PyTorch that does not tell its size.
LEAST_FLUSH_BYTES = 256 * 2**20

# Largest ||result - reference|| / ||reference||. Rounding to bf16 (2^-9 an operation) makes about
# 0.5 %; where activations are rounded to FP8 a bf16 ulp before flips some of them by an FP8 ulp (2^-4),
# about 2 %. A wrong layout or scale makes 100 %.
TOLERANCE = {"fp32": 1e-3, "bf16": 0.02, "fp8": 0.08}
# The small case that every implementation must compute right: odd tokens, more than one expert.
CHECKED = {"experts": 3, "tokens": 5, "hidden": 512, "expert_size": 256}


class DoesNotFit(Exception):
    """A point of the grid needs more memory than there is."""


class WrongResult(Exception):
    """An implementation computed something else than the reference."""


# Grid, statistics, CSV: no PyTorch below this line until "PyTorch".


def parse_grid(text):
    """'1,2,4' or '1,2,4,...,1024' -> integers >= 1. Three values before the dots tell the step, by a
    factor or by a difference; the last value must be met exactly."""
    words = [word.strip() for word in text.split(",")]
    values = []
    for place, word in enumerate(words):
        if word in ("...", "\u2026"):
            if place + 2 != len(words):
                raise ValueError("one value, the last, follows '...'")
            values.extend(_continued(values, _whole(words[-1])))
            break
        values.append(_whole(word))
    if len(set(values)) != len(values):
        raise ValueError("a value occurs twice")
    return values


def _whole(word):
    if not (word.isascii() and word.isdigit()) or int(word) < 1:
        raise ValueError(f"'{word}' is not a whole number from 1")
    return int(word)


def _continued(begun, last):
    """The values after `begun` up to `last`."""
    if len(begun) < 3:
        raise ValueError("three values are needed before '...', as in 1,2,4,...,1024")
    first, second, third = begun[-3:]
    factor = fractions.Fraction(third, second)
    by_factor = factor == fractions.Fraction(second, first)
    if not by_factor and second - first != third - second:
        raise ValueError("the three values before '...' have no common factor or difference")
    if third <= second: raise ValueError("values before '...' must grow")
    values = []
    value = third
    while value < last and len(values) < MAX_GRID:
        value = value * factor if by_factor else value + third - second
        if value != int(value): raise ValueError(f"{value} on the way to {last} is not whole")
        value = int(value)
        values.append(value)
    if value != last: raise ValueError(f"{last} is not on the way from {third}")
    return values


def quantile(values, share):
    """Linear between the ordered values; share 0 is the least, 1 the largest."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


@dataclasses.dataclass
class Row:
    device: str
    dtype: str
    hidden_size: int
    expert_size: int
    local_experts: int
    tokens_per_expert: int
    times_us: list
    implementation: str
    layout: str

    def cells(self):
        times = [f"{quantile(self.times_us, share):.3f}" for share in (0.5, 0.1, 0.9)]
        return [self.device, self.dtype, self.hidden_size, self.expert_size, self.local_experts,
                self.tokens_per_expert, *times, len(self.times_us), self.implementation, self.layout]


def csv_text(comments, rows):
    text = io.StringIO()
    for comment in comments:
        text.write("# " + " ".join(comment.split()) + "\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(row.cells())
    return text.getvalue()


def write_whole(text, path):
    """All of it or nothing: a reader never sees half a file, and a failure keeps the old one."""
    handle, temporary = tempfile.mkstemp(
        dir=os.path.dirname(os.path.abspath(path)), prefix=os.path.basename(path) + ".")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # mkstemp makes files that nobody else may read
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


class EmptyBench:
    """Times nothing: the self-test of everything around the GPU."""

    device = "none"

    def about(self):
        return ["self-test: an empty function was timed; not a measurement"]

    def implementation(self, dtype):
        del dtype
        return "empty"

    def times_us(self, dtype, experts, tokens, repetitions):
        del dtype, experts, tokens
        return [timed(lambda: None) for _ in range(repetitions)]


def timed(work):
    begin = time.perf_counter()
    work()
    return 1e6 * (time.perf_counter() - begin)


# PyTorch


@dataclasses.dataclass
class Weights:
    """Of `count` experts. Stored value times scale is the weight; scales are powers of two, so that
    FP32 and UE8M0 hold them exactly."""
    count: int
    gate_up: object        # [count, 2 expert_size, hidden]: rows of the gate, then of up
    down: object           # [count, hidden, expert_size]
    gate_up_scale: float
    down_scale: float


class TorchBench:
    """The experts in PyTorch, on `device` "cuda" or "cpu"."""

    def __init__(self, args):
        import torch
        if args.device == "cuda" and not torch.cuda.is_available():
            raise RuntimeError("this PyTorch sees no CUDA GPU; --device cpu or none run without one")
        torch.set_grad_enabled(False)
        self.torch = torch
        self.kind = args.device
        self.hidden, self.expert_size = args.hidden, args.expert_size
        self.compile = args.compile and args.device == "cuda"
        self.layout = args.layout
        self.device = torch.cuda.get_device_name() if self.kind == "cuda" else "cpu"
        self.other_data = torch.zeros(self._flush_bytes() // 4, device=self.kind)
        self.store = {"fp32": torch.float32, "bf16": torch.bfloat16}
        if "fp8" in args.dtype:
            if not hasattr(torch, "float8_e4m3fn"):
                raise RuntimeError(f"torch {torch.__version__} has no FP8")
            self.store["fp8"] = torch.float8_e4m3fn
        # Capture wants everything that happens only once (kernels compiled, handles made) to have
        # happened before, and not on the default stream.
        self.aside = torch.cuda.Stream() if self.kind == "cuda" else None
        self.chosen = {}
        self.weights_key = self.weights = None
        torch.manual_seed(0)
        for dtype in args.dtype:
            found = self._choose(dtype, args.implementation)
            if found is None:
                report(f"{dtype}: left out, no implementation ({args.implementation}) runs here")
            else:
                self.chosen[dtype] = found

    def _flush_bytes(self):
        if self.kind != "cuda": return LEAST_FLUSH_BYTES
        properties = self.torch.cuda.get_device_properties(self.torch.cuda.current_device())
        return max(2 * getattr(properties, "L2_cache_size", 0), LEAST_FLUSH_BYTES)

    def about(self):
        cuda = self.torch.version.cuda or "none"
        lines = [f"torch {self.torch.__version__}, CUDA {cuda}, driver {driver_version()}"]
        for dtype, (name, _, activation) in self.chosen.items():
            lines.append(f"{dtype}: {name}, SiLU-mul {activation[0]}, {self._how()}")
        return lines

    def _how(self):
        if self.kind != "cuda": return "no CUDA"
        return "one CUDA graph" if self.layout == "masked" else "launches from the host included"

    def implementation(self, dtype):
        """None where there is none."""
        return self.chosen[dtype][0] if dtype in self.chosen else None

    def _choose(self, dtype, wanted):
        """The first implementation that computes the small case right, with its activation; None where
        none runs. Raises WrongResult where some run and all are wrong."""
        last_wrong = None
        for name, prepare, usable in CANDIDATES:
            if wanted not in ("auto", name) or not usable(self, dtype): continue
            for activation in self._activations():
                try:
                    self._check_small_case(dtype, prepare, activation[1])
                    return name, prepare, activation
                except WrongResult as wrong:
                    last_wrong = wrong
                    report(f"{dtype}: {name} with {activation[0]} SiLU-mul is not used: {wrong}")
                except Exception as fault:  # whatever a missing kernel or compiler raises
                    reason = " ".join(str(fault).split())[:200] or type(fault).__name__
                    report(f"{dtype}: {name} with {activation[0]} SiLU-mul does not run here: {reason}")
        if last_wrong: raise WrongResult(f"{dtype}: no implementation is right: {last_wrong}")
        return None

    def _activations(self):
        """SiLU-mul as one compiled kernel, as engines have it; else as the three that PyTorch runs."""
        torch = self.torch

        def silu_mul(gate_up, out):
            size = out.shape[-1]
            out.copy_(torch.nn.functional.silu(gate_up[..., :size]) * gate_up[..., size:])

        compiled = self._compiled(silu_mul)
        if compiled is not None: yield "compiled", compiled
        yield "eager", silu_mul

    def _compiled(self, function):
        """None where this PyTorch has no compiler for this machine or Python."""
        if not self.compile: return None
        try:
            import torch._dynamo as compiler
            # One expert or one token is a form of its own to the compiler; beyond its limit of forms it
            # would go on uncompiled without a word in the file.
            for limit in ("recompile_limit", "cache_size_limit"):
                if hasattr(compiler.config, limit): setattr(compiler.config, limit, 64)
            return self.torch.compile(function, dynamic=True)
        except Exception as fault:
            report(f"SiLU-mul is not compiled: {' '.join(str(fault).split())[:200]}")
            return None

    def _check_small_case(self, dtype, prepare, activation):
        small = CHECKED
        weights = self._make_weights(dtype, small["experts"], small["hidden"], small["expert_size"])
        x = self._make_tokens(dtype, small["experts"], small["tokens"], small["hidden"])
        # The result lies in the graph's memory: keep the graph.
        replay, result = self._recorded(prepare(self, weights, x, activation))
        for expert in range(small["experts"]):
            self._compare(dtype, result[expert], self._reference(dtype, weights, expert, x[expert]))
        del replay

    def _compare(self, dtype, result, reference):
        error = (result.float() - reference).norm() / reference.norm()
        if not error.item() <= TOLERANCE[dtype]:  # not >: NaN is wrong too
            raise WrongResult(f"relative error {error.item():.3g}, and {TOLERANCE[dtype]:g} is allowed")

    def _reference(self, dtype, weights, expert, x):
        """The plain formula in FP32, with the activation rounded where the implementations store it."""
        gate_up = x.float() @ (weights.gate_up[expert].float() * weights.gate_up_scale).t()
        gate, up = gate_up.chunk(2, dim=-1)
        middle = (self.torch.nn.functional.silu(gate) * up).to(self.store[dtype]).float()
        return middle @ (weights.down[expert].float() * weights.down_scale).t()

    def _make_weights(self, dtype, count, hidden, expert_size):
        """Random, so large that activations and results are about 1."""
        def filled(rows, columns):
            scale = 2.0 ** -round(math.log2(columns) / 2)
            stored = self.torch.empty(
                (count, rows, columns), dtype=self.store[dtype], device=self.kind)
            for expert in range(count):  # one at a time: FP32 takes four times the room of FP8
                values = self.torch.randn((rows, columns), device=self.kind)
                stored[expert].copy_(values if dtype == "fp8" else values * scale)
            return stored, scale if dtype == "fp8" else 1.0

        gate_up, gate_up_scale = filled(2 * expert_size, hidden)
        down, down_scale = filled(hidden, expert_size)
        return Weights(count, gate_up, down, gate_up_scale, down_scale)

    def _make_tokens(self, dtype, count, tokens, hidden):
        return self.torch.randn((count, tokens, hidden), device=self.kind).to(self.store[dtype])

    def _recorded(self, run):
        """(what repeats the work, its result): a CUDA graph, or the work itself on a CPU or where
        launches count."""
        torch = self.torch
        if self.kind != "cuda" or self.layout == "contiguous": return run, run()
        self.aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.aside):
            for _ in range(3): run()
        torch.cuda.current_stream().wait_stream(self.aside)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            result = run()
        graph.replay()  # capture records the work, and does none
        torch.cuda.synchronize()
        return graph.replay, result

    def times_us(self, dtype, experts, tokens, repetitions):
        """Of every repetition. Raises DoesNotFit, and WrongResult where the last row is wrong."""
        try:
            return self._times_us(dtype, experts, tokens, repetitions)
        except (RuntimeError, MemoryError) as fault:
            if not is_out_of_memory(fault): raise
        # Outside of the handler, which keeps the frames and so the tensors alive.
        self.weights_key = self.weights = None
        if self.kind == "cuda": self.torch.cuda.empty_cache()
        raise DoesNotFit("out of memory")

    def _times_us(self, dtype, experts, tokens, repetitions):
        if self.weights_key != (dtype, experts):
            self.weights_key = self.weights = None
            self._demand(self._weight_bytes(dtype, experts))
            self.weights = self._make_weights(dtype, experts, self.hidden, self.expert_size)
            self.weights_key = (dtype, experts)
        name, prepare, activation = self.chosen[dtype]
        self._demand(self._activation_bytes(name, experts, tokens))
        x = self._make_tokens(dtype, experts, tokens, self.hidden)
        replay, result = self._recorded(prepare(self, self.weights, x, activation[1]))
        last = experts - 1
        expected = self._reference(dtype, self.weights, last, x[last][-1:])
        self._compare(dtype, result[last][-1:], expected)
        return self._repeated(replay, repetitions)

    def _repeated(self, replay, repetitions):
        torch = self.torch
        if self.kind != "cuda":
            times = []
            for _ in range(repetitions):
                self._flush()
                times.append(timed(replay))
            return times
        events = [[torch.cuda.Event(enable_timing=True) for _ in range(2)]
                  for _ in range(WARM_UPS + repetitions)]
        for begin, end in events:
            # Also keeps the GPU busy while the host queues the graph, so that its launch takes no time.
            self._flush()
            if self.layout == "contiguous": torch.cuda.synchronize()
            begin.record()
            replay()
            end.record()
        torch.cuda.synchronize()
        return [1e3 * begin.elapsed_time(end) for begin, end in events[WARM_UPS:]]

    def _flush(self):
        """Read, not written: what is written leaves the L2 cache during the next repetition and takes
        part of its bandwidth, on an H100 as much as the weights of one FP8 expert do."""
        self.other_data.sum()

    def _weight_bytes(self, dtype, experts):
        size = {"fp32": 4, "bf16": 2, "fp8": 1}[dtype]
        one = 3 * self.hidden * self.expert_size
        return experts * one * size + self._one_expert_bytes()

    def _one_expert_bytes(self):
        """While weights are drawn or the reference is computed: FP32, and once more scaled."""
        return 2 * 2 * self.expert_size * self.hidden * 4

    def _activation_bytes(self, name, experts, tokens):
        """An upper bound: in FP32 at most, once drawn, once in the warm-up and once in the graph."""
        room = rounded_up(tokens, DEEP_GEMM_ROOM) if name == "deep_gemm" else tokens
        rows = experts * room * (2 * self.hidden + 3 * self.expert_size) * 4 * 3
        return rows + self._one_expert_bytes()

    def _demand(self, size):
        """Before the attempt, since running out of memory inside of a capture is hard to tell."""
        if self.kind != "cuda": return
        self.torch.cuda.empty_cache()
        free = self.torch.cuda.mem_get_info()[0]
        if size > free:
            raise DoesNotFit(f"{size / 1e9:.1f} GB needed, {free / 1e9:.1f} GB free")


def rounded_up(value, multiple):
    return -(-value // multiple) * multiple


def is_out_of_memory(fault):
    """Also where leaving a CUDA graph's capture raised an error of its own on top."""
    while fault is not None:
        text = str(fault).lower()
        if isinstance(fault, MemoryError) or "out of memory" in text or "can't allocate memory" in text:
            return True
        fault = fault.__context__
    return False


def driver_version():
    try:
        found = subprocess.run(
            ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"],
            capture_output=True, text=True, timeout=30, check=True)
        return (found.stdout.splitlines() or ["unknown"])[0].strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"


# Implementations. Each prepares what does not belong to the time and returns what does: a function
# without arguments whose result holds [tokens, hidden] for each expert.


def loop(bench, weights, x, activation):
    """One GEMM after the other."""
    torch = bench.torch
    fp8 = x.dtype == bench.store.get("fp8")
    count, tokens, _ = x.shape
    middle = torch.empty(
        (count, tokens, weights.down.shape[2]), dtype=x.dtype, device=x.device)
    one = torch.tensor(1.0, device=x.device)
    scales = [torch.tensor(scale, device=x.device)
              for scale in (weights.gate_up_scale, weights.down_scale)]

    def product(rows, weight, scale):
        # weight.t() is column-major without a copy, as FP8 demands.
        if not fp8: return torch.mm(rows, weight.t())
        found = torch._scaled_mm(rows, weight.t(), scale_a=one, scale_b=scale,
                                 out_dtype=torch.bfloat16, use_fast_accum=True)
        return found[0] if isinstance(found, tuple) else found  # a pair before PyTorch 2.5

    def run():
        results = []
        for expert in range(count):
            gate_up = product(x[expert], weights.gate_up[expert], scales[0])
            activation(gate_up, middle[expert])
            results.append(product(middle[expert], weights.down[expert], scales[1]))
        return results

    return run


def grouped(bench, weights, x, activation):
    """PyTorch's grouped GEMM over rows that lie expert after expert."""
    torch = bench.torch
    fp8 = x.dtype == bench.store.get("fp8")
    count, tokens, hidden = x.shape
    rows = x.reshape(count * tokens, hidden)
    # Where each expert's rows end.
    ends = torch.arange(1, count + 1, device=x.device, dtype=torch.int32) * tokens
    middle = torch.empty(
        (count * tokens, weights.down.shape[2]), dtype=x.dtype, device=x.device)
    row_scales = torch.ones(count * tokens, device=x.device)
    scales = [torch.full((count, weight.shape[1]), scale, device=x.device)
              for weight, scale in ((weights.gate_up, weights.gate_up_scale),
                                    (weights.down, weights.down_scale))]

    def product(left, weight, scale):
        # [count, out, in] transposed without a copy: column-major, as FP8 demands.
        if not fp8: return torch._grouped_mm(left, weight.transpose(-2, -1), offs=ends)
        return torch._scaled_grouped_mm(left, weight.transpose(-2, -1), row_scales, scale, offs=ends,
                                        out_dtype=torch.bfloat16, use_fast_accum=True)

    def run():
        activation(product(rows, weights.gate_up, scales[0]), middle)
        return product(middle, weights.down, scales[1]).view(count, tokens, hidden)

    return run


def grouped_usable(bench, dtype):
    """Only Hopper and Blackwell have kernels; elsewhere PyTorch asks the GPU for the sizes, which a
    graph cannot hold."""
    name = {"bf16": "_grouped_mm", "fp8": "_scaled_grouped_mm"}.get(dtype)
    return (bench.kind == "cuda" and name is not None and hasattr(bench.torch, name)
            and bench.torch.cuda.get_device_capability()[0] in (9, 10))


def deep_gemm(bench, weights, x, activation):
    """DeepGEMM's masked grouped GEMM, as engines run it after DeepEP's low-latency dispatch: every
    expert has room for many tokens, of which the first `tokens` are computed."""
    import deep_gemm as library
    torch = bench.torch
    fp8 = x.dtype == bench.store.get("fp8")
    count, tokens, hidden = x.shape
    expert_size = weights.down.shape[2]
    room = rounded_up(tokens, DEEP_GEMM_ROOM)
    wide = torch.zeros((count, room, hidden), dtype=x.dtype, device=x.device)
    wide[:, :tokens].copy_(x)
    gate_up = torch.empty((count, room, 2 * expert_size), dtype=torch.bfloat16, device=x.device)
    middle = torch.zeros((count, room, expert_size), dtype=x.dtype, device=x.device)
    result = torch.empty((count, room, hidden), dtype=torch.bfloat16, device=x.device)
    masks = torch.full((count,), tokens, dtype=torch.int32, device=x.device)

    def with_scales(values, scale, of_weights):
        """FP8 values and their scales, one for 1 x 128 (tokens) or 128 x 128 (weights) elements, in
        the form that this GPU's kernel reads: engines too change it once, not in every call."""
        if not fp8: return values
        _, height, width = values.shape
        tall = height // DEEP_GEMM_BLOCK if of_weights else height
        scales = torch.full((count, tall, width // DEEP_GEMM_BLOCK), scale, device=x.device)
        return values, library.transform_sf_into_required_layout(
            scales, mn=height, k=width, recipe=(1, DEEP_GEMM_BLOCK, DEEP_GEMM_BLOCK),
            num_groups=count, is_sfa=not of_weights)

    product = library.m_grouped_fp8_gemm_nt_masked if fp8 else library.m_grouped_bf16_gemm_nt_masked
    first = with_scales(wide, 1.0, False), with_scales(weights.gate_up, weights.gate_up_scale, True)
    second = with_scales(middle, 1.0, False), with_scales(weights.down, weights.down_scale, True)

    def run():
        product(*first, gate_up, masks, tokens)
        activation(gate_up[:, :tokens], middle[:, :tokens])
        product(*second, result, masks, tokens)
        return result[:, :tokens]

    return run


def deep_gemm_usable(bench, dtype):
    if bench.kind != "cuda" or bench.layout != "masked" or dtype not in ("bf16", "fp8"): return False
    if bench.hidden % DEEP_GEMM_BLOCK or bench.expert_size % DEEP_GEMM_BLOCK: return False
    try:
        import deep_gemm as library
    except Exception:  # not installed, or built for another PyTorch
        return False
    return hasattr(library, f"m_grouped_{dtype}_gemm_nt_masked")


# Name, how to prepare, where it may be tried; the first that runs and is right is taken. With as many
# tokens for each expert, those of PyTorch do the same in either layout but for the launches.
CANDIDATES = (
    ("deep_gemm", deep_gemm, deep_gemm_usable),
    ("torch_grouped", grouped, grouped_usable),
    ("torch_loop", loop, lambda bench, dtype: True),
)


# Command line


def report(message):
    print(f"expert_mlp: {message}", file=sys.stderr, flush=True)


def parse_arguments(words):
    parser = argparse.ArgumentParser(
        prog="expert_mlp.py", description="Times the routed experts of one rank; writes CSV.",
        epilog="docs/measuring.md#compute says what to do with the result.")
    parser.add_argument("--hidden", type=int, default=7168, help="hidden size (default: %(default)s)")
    parser.add_argument("--expert-size", type=int, default=2048,
                        help="intermediate size of one expert (default: %(default)s)")
    parser.add_argument("--local-experts", default="1,2,4,8,16,32", metavar="GRID",
                        help="experts on the rank (default: %(default)s)")
    parser.add_argument("--tokens-per-expert", default="1,2,4,...,1024", metavar="GRID",
                        help="routed tokens of each (default: %(default)s)")
    parser.add_argument("--dtype", help="fp32, bf16, fp8 (default: what the device is used with)")
    parser.add_argument("--repetitions", type=int, default=30, help="default: %(default)s")
    parser.add_argument("--implementation", default="auto",
                        choices=("auto", *(name for name, _, _ in CANDIDATES)),
                        help="auto: the first of these that runs and is right")
    parser.add_argument("--layout", default="masked", choices=("masked", "contiguous"),
                        help="masked: decode, contiguous: prefill (default: %(default)s)")
    parser.add_argument("--no-compile", dest="compile", action="store_false",
                        help="SiLU-mul as PyTorch runs it, not as one compiled kernel")
    parser.add_argument("--out", metavar="FILE", help="default: standard output")
    parser.add_argument("--device", choices=tuple(DTYPES), default="cuda",
                        help="none: a self-test that times an empty function, without PyTorch")
    args = parser.parse_args(words)
    args.dtype = (args.dtype or DEFAULT_DTYPES[args.device]).split(",")
    for option in ("local_experts", "tokens_per_expert"):
        try:
            setattr(args, option, parse_grid(getattr(args, option)))
        except ValueError as fault:
            parser.error(f"--{option.replace('_', '-')}: {fault}")
    fault = fault_of(args)
    if fault: parser.error(fault)
    return args


def fault_of(args):
    if args.repetitions < 1: return "--repetitions: at least 1"
    for dtype in args.dtype:
        if dtype not in DTYPES[args.device]:
            return f"--dtype: '{dtype}' is not one of {', '.join(DTYPES[args.device])} on {args.device}"
    if len(set(args.dtype)) != len(args.dtype): return "--dtype: a value occurs twice"
    for size, option in ((args.hidden, "--hidden"), (args.expert_size, "--expert-size")):
        if size < 1 or size % GEMM_ALIGNMENT: return f"{option}: a multiple of {GEMM_ALIGNMENT}"
    return fault_of_out(args.out) if args.out else None


def fault_of_out(path):
    if not os.path.isdir(os.path.dirname(os.path.abspath(path))):
        return f"--out: the folder of '{path}' does not exist"
    if os.path.lexists(path) and not os.path.isfile(path):
        return f"--out: '{path}' is not a regular file"  # it would be replaced
    return None


def measure(bench, args):
    rows = []
    for dtype in args.dtype:
        implementation = bench.implementation(dtype)
        if implementation is None: continue
        for experts in args.local_experts:
            for tokens in args.tokens_per_expert:
                point = f"{dtype}, local experts {experts}, tokens per expert {tokens}"
                try:
                    times = bench.times_us(dtype, experts, tokens, args.repetitions)
                except DoesNotFit as fault:
                    report(f"{point}: left out, {fault}")
                    continue
                except (WrongResult, RuntimeError) as fault:
                    raise WrongResult(f"{point}: {fault}") from fault
                rows.append(Row(bench.device, dtype, args.hidden, args.expert_size, experts, tokens,
                                times, implementation, args.layout))
                report(f"{point}: {quantile(times, 0.5):.1f} us")
    return rows


def main(words):
    args = parse_arguments(words)
    try:
        bench = EmptyBench() if args.device == "none" else TorchBench(args)
        rows = measure(bench, args)
    except ImportError as fault:
        report(f"PyTorch is needed: {fault}")
        return 1
    except (RuntimeError, WrongResult) as fault:
        report(f"{' '.join(str(fault).split())}; nothing is written")
        return 1
    if not rows:
        report("nothing could be measured; nothing is written")
        return 1
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    comments = ["routed experts of one rank, one layer: gate/up, SiLU-mul, down; times in us",
                *bench.about(), f"date {now}", f"command: expert_mlp.py {shlex.join(words)}"]
    text = csv_text(comments, rows)
    if args.out:
        write_whole(text, args.out)
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
