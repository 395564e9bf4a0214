"""The block of a preset of NCCL collectives: a line through times by size, by relative least squares."""

import csv
import statistics

from presets.text import comments, number, percent

LEAST = 128 * 1024  # bytes: below, the time is that of an empty message
HIDDEN, BF16 = 7168, 2  # of the tokens in which sizes are told
COLLECTIVES = (("dispatch", "all_gather"), ("combine", "reduce_scatter"))
VERSION = "NCCL 2.29.2"


def points_of(table, collective):
    """By number of GPUs: bytes that a rank receives or sends, us."""
    points = {}
    with open(table, newline="") as rows:
        for row in csv.DictReader(rows):
            total, gpus = int(row["bytes"]), int(row["num_gpus"])
            if row["op"] == collective and row["dtype"] == "half" and total >= LEAST:
                points.setdefault(gpus, []).append((total * (gpus - 1) / gpus, float(row["latency_us"])))
    return points


def line_through(points):
    """Latency in us, bandwidth in GB/s and relative errors: least squares of errors over times."""
    w, wx, wxx, wy, wxy = (sum(x**a * y**b / y**2 for x, y in points)
                           for a, b in ((0, 0), (1, 0), (2, 0), (0, 1), (1, 1)))
    determinant = w * wxx - wx * wx
    latency, slope = (wy * wxx - wx * wxy) / determinant, (w * wxy - wx * wy) / determinant
    return latency, 1e-3 / slope, [abs((latency + slope * x) / y - 1) for x, y in points]


def collectives_block(recipe, data):
    """The lines of a block."""
    name = f"nccl_collectives.{recipe.collectives}.csv"
    said = [f"Source: NVIDIA AIConfigurator 095f58a, {VERSION}, bf16, sizes of 128 KiB to 512 MiB; a line by "
            "relative least squares. NCCL changes its algorithm with the size, which no line follows."]
    lines = []
    for phase, collective in COLLECTIVES:
        points = points_of(data / "comm" / name, collective)
        if recipe.everywhere: points = {max(points): points[max(points)]}
        fits = {gpus: line_through(of) for gpus, of in points.items()}
        for gpus, (_, _, errors) in fits.items():
            said.append(f"{phase}, {collective} of {gpus} GPUs: median error "
                        f"{percent(statistics.median(errors))}, largest {percent(max(errors))}")

        def figure(at, unit):
            values = {gpus: f"{number(fit[at])}{unit}" for gpus, fit in fits.items()}
            if recipe.everywhere: return next(iter(values.values()))
            return "{" + ", ".join(f"{gpus}: {value}" for gpus, value in values.items()) + "}"
        lines += [f"{phase}:", f"  latency: {figure(0, 'us')}", f"  bandwidth: {figure(1, 'GB/s')}"]
        least, most = min(fits), max(fits)
    tokens = 512 * 2**20 // (most * HIDDEN * BF16)
    lines.append(f"fitted: {{ep_width: [{least}, {most}], tokens: [1, {tokens}]}}")
    return [f"# >>> fitted: comm/{name}", *comments(said), *lines]
