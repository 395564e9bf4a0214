"""The block of a preset of collectives: the points that `wideep-opt fit comm` keeps of measured sizes."""

import csv
import pathlib
import tempfile
import textwrap

from presets.text import Wrong, comments, number, percent, run_fit

LEAST, MOST = 2 * 1024, 512 * 2**20  # bytes: from a token or less to the largest prompt chunk
TYPES = ("bfloat16", "half")
FRAMEWORKS = {"vllm": "vllm_all_reduce", "sglang": "sglang_all_reduce", "trtllm": "trtllm_all_reduce"}
NARROW, WIDE = 4, 8  # ranks where a table ends, and those that are scaled


def rows_of(table, library):
    """Times in us by operation, ranks and bytes: in a CUDA graph, of activations."""
    times = {}
    with open(table, newline="") as rows:
        for row in csv.DictReader(rows):
            of = FRAMEWORKS[row["framework"]] if "framework" in row else "nccl"
            eager = row.get("launch", "graph") != "graph"
            size, op = int(row["bytes"]), row.get("op", "all_reduce")
            if of != library or eager or op == "alltoall" or row["dtype"] not in TYPES: continue
            if LEAST <= size <= MOST: times[op, int(row["num_gpus"]), size] = float(row["latency_us"])
    if not times: raise Wrong(f"{table} has nothing of {library}")
    return times


def widened(times, other):
    """With 8 ranks: the time of 4 here, times 8 over 4 ranks of the other at the same size."""
    wide = {(op, WIDE, size): time * other[op, WIDE, size] / other[op, NARROW, size]
            for (op, ranks, size), time in times.items() if ranks == NARROW}
    return {**times, **wide}


def on_slower_link(times, ratio):
    """On a link on which bytes take so much longer: what they take by the slope of the largest two sizes, which
    bandwidth alone decides, comes on top of each time so many times less one."""
    slower = {}
    for op, ranks in sorted({key[:2] for key in times}):
        of = {size: time for (*curve, size), time in times.items() if curve == [op, ranks]}
        below, above = sorted(of)[-2:]
        slope = (of[above] - of[below]) / (above - below)
        slower |= {(op, ranks, size): time + (ratio - 1) * slope * size for size, time in of.items()}
    return slower


def fit_curves(times, library, program):
    with tempfile.TemporaryDirectory() as folder:
        table = pathlib.Path(folder, "collectives.csv")
        with open(table, "w", newline="") as kept:
            writer = csv.writer(kept)
            writer.writerow(("op", "ranks", "bytes", "time_us", "library", "dtype"))
            writer.writerows((*key, repr(time), library, "bf16") for key, time in times.items())
        return run_fit(program, ["comm", str(table)])["collectives"]


def size(count):
    for unit, suffix in ((2**20, "MiB"), (2**10, "KiB")):
        if count % unit == 0: return f"{count // unit}{suffix}"
    return f"{count}B"


def points_lines(curve, indent):
    lead = f"{indent}{curve['ranks']}: "
    points = ", ".join(f"{size(int(point['bytes']))}: {number(1e6 * point['time_s'])}us" for point in curve["curve"])
    # A size and its time stay on one line.
    text = f"{{{points.replace(': ', chr(0))}}}"
    lines = textwrap.wrap(text, 102 - len(lead), break_long_words=False)
    return [(lead if at == 0 else " " * (len(lead) + 1)) + line.replace(chr(0), ": ") for at, line in enumerate(lines)]


def curve_said(curve, recipe):
    what = f"{curve['op']} of {curve['ranks']} ranks: {len(curve['curve'])} of {curve['sizes']} sizes; "
    if recipe.like and curve["ranks"] == WIDE: return what + "scaled"
    said = (f"median error {percent(curve['median_relative_error'])}, 90 % within "
            f"{percent(curve['high_relative_error'])}, largest {percent(curve['largest_relative_error'])}")
    return what + said + ("" if curve["meets_aim"] else ": times fall with the size")


def curves_block(recipe, data, program):
    """The lines of a block."""
    times = rows_of(data / "comm" / recipe.table, recipe.library)
    own = sorted({ranks for _, ranks, _ in times})
    if recipe.like: times = widened(times, rows_of(data / "comm" / recipe.like, recipe.library))
    if recipe.link: times = on_slower_link(times, recipe.link)
    curves = fit_curves(times, recipe.library, program)
    said = [f"Source: NVIDIA AIConfigurator 095f58a, {recipe.version}, bf16, sizes of 2 KiB to 512 MiB; by wideep-opt fit: "
            "as few of the sizes as come within 5 % at 90 % of them."]
    said += [curve_said(curve, recipe) for curve in curves]
    if recipe.like_said: said.append(recipe.like_said)
    lines = []
    for at, curve in enumerate(curves):
        if at == 0 or curves[at - 1]["op"] != curve["op"]: lines.append(f"{curve['op']}:")
        lines += points_lines(curve, "  ")
    # What was scaled to another link was measured nowhere.
    if not recipe.link:
        lines.append(f"fitted: {{ranks: [{own[0]}, {own[-1]}], bytes: [{size(LEAST)}, {size(MOST)}]}}")
    if recipe.uncertainty: lines.append(f"uncertainty: {recipe.uncertainty}%")
    return [f"# >>> fitted: comm/{recipe.table}", *comments(said), *lines]
