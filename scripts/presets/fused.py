"""The block of a fused kernel's preset: figures that `fit fused` finds."""

from presets.text import Wrong, comments, errors, estimate, number, run_fit, source

# As JSON and presets name a figure, and its scale and unit here.
FIGURES = (("launch", "_s", 1e6, "us"), ("launch_per_rank", "_s", 1e6, "us"),
           ("weight_bandwidth", "_B_per_s", 1e-12, "TB/s"), ("flop_rate", "_FLOP_per_s", 1e-12, "TFLOP/s"),
           ("bandwidth", "_B_per_s", 1e-9, "GB/s"), ("exponent", "", 1, ""))


def fit_fused(recipe, known, program, data):
    arguments = ["fused", str(data / "fused" / recipe.table)]
    if recipe.like: arguments += ["--launch-per-rank", f"{number(known[recipe.like])}us"]
    found = run_fit(program, arguments)
    if len(found["fits"]) != 1: raise Wrong(f"{recipe.table}: {len(found['fits'])} laws")
    return found["fits"][0]


def figure_said(fit, recipe, key, suffix, scale, unit):
    """A figure with its interval, or what is told instead."""
    value, low, high = (fit.get(f"{key}{end}{suffix}") for end in ("", "_low", "_high"))
    if high is not None: return estimate(key, [scale * one for one in (value, low, high)], unit)
    if key == "launch_per_rank" and fit["launch_per_rank_given"]:
        return f"  {key:<38} {number(scale * value)} {unit}, that of {recipe.like}"
    if low is not None:
        return f"  {key:<38} {number(scale * value)} {unit}, {number(scale * low)} or more"
    return f"  {key:<38} none: {fit[f'{key}{suffix}_reason']}"


def fused_block(recipe, known, program, data):
    """The lines of a block, and c in us for presets that are like it."""
    fit = fit_fused(recipe, known, program, data)
    shape, = fit["shapes"]
    what = (f"{fit['weight_dtype']} experts of {shape['hidden_size']} x {shape['expert_size']}, "
            f"top {shape['top_k']} of {shape['experts']}")
    low, high = (f"{tokens:.0f}" for tokens in fit["tokens"])
    said = [source(recipe.version, what),
            f"Even routing: {fit['points']} points, EP {', '.join(map(str, fit['ep_widths']))}, "
            f"{low} to {high} tokens per rank; {errors(fit)}",
            *(figure_said(fit, recipe, *figure) for figure in FIGURES)]
    if recipe.like:
        said.append(f"The launch of each rank is that of {recipe.like}: this table ends at EP {fit['ep_widths'][-1]}, "
                    "and does not show it.")
    if fit["rate_and_bandwidth_tied"]:
        said.append("Of one size of experts flop_rate and bandwidth are not told apart: each is taken to take as "
                    "long as the other.")
    lines = [f"{key}: {number(scale * fit[f'{key}{suffix}'])}{unit}"
             for key, suffix, scale, unit in FIGURES if fit[f"{key}{suffix}"] is not None]
    lines.append(f"fitted: {{ep_width: [{fit['ep_widths'][0]}, {fit['ep_widths'][-1]}], tokens: [{low}, {high}], "
                 f"weight_dtype: {fit['weight_dtype']}}}")
    per_rank = fit["launch_per_rank_s"]
    return [f"# >>> fitted: fused/{recipe.table}", *comments(said), *lines], per_rank and 1e6 * per_rank
