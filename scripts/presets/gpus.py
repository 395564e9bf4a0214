"""The block of a GPU preset: experts and attention as `fit compute` and `fit attention` find them."""

import csv
import pathlib
import re
import tempfile

from presets.recipes import EXPERTS_VERSION, KERNELS_VERSION, PREFILL_EP_WIDTH
from presets.text import Wrong, comments, errors, estimate, number, run_fit, source


def base_of(text):
    """A fabric with nothing but a GPU preset's data sheet: no figure of the program's comes in."""
    sheet = re.findall(r"^(?:sms|hbm_bandwidth|flop_rate): .*$", text, re.M)
    return "\n".join(["gpus_per_domain: 8", "gpu:", *(f"  {line}" for line in sheet),
                      "kernels: {LL: {latency: 0us, bandwidth: 1GB/s}}", ""])


def of_prompts(table, copy):
    """The rows of a prefill table at one EP width, in a file of their own."""
    with open(table, newline="") as rows, open(copy, "w", newline="") as kept:
        reader = csv.DictReader(rows)
        writer = csv.DictWriter(kept, reader.fieldnames)
        writer.writeheader()
        writer.writerows(row for row in reader if int(row["moe_ep_size"]) == PREFILL_EP_WIDTH)
    return copy


def fit_experts(table, text, program, prompts=False):
    with tempfile.TemporaryDirectory() as folder:
        base = pathlib.Path(folder, "base.yaml")
        base.write_text(base_of(text))
        if prompts: table = of_prompts(table, pathlib.Path(folder, table.name))
        return run_fit(program, ["compute", str(table), "--base", str(base)])


def experts_said(law, figures, what_for):
    """Comment lines: the law, and within what the shares of the data sheet lie."""
    experts, tokens = (f"{low:.0f} to {high:.0f}"
                       for low, high in (law["local_experts"], law["tokens_per_expert"]))
    said = [f"{what_for} with even routing, {law['form']}: {law['points']} points, {experts} local "
            f"experts of {tokens} tokens; {errors(law)}"]
    for key, what, scale, unit in (("launch", "a: launch", 1e6, "us"),
                                   ("weight_read", "w: one expert's weights", 1e6, "us"),
                                   ("fixed", "c0: one expert, whatever its tokens", 1e6, "us"),
                                   ("per_token", "c1: one token", 1e9, "ns")):
        if law[f"{key}_s"] is None: continue
        values = [scale * law[f"{key}{end}_s"] for end in ("", "_low", "_high")]
        said.append(estimate(what, values, unit))
    for key, of in (("hbm_efficiency", "weight_read"), ("flop_efficiency", "per_token")):
        if law[f"{of}_s"] is None: continue
        ideal = 100 * figures[key] * law[f"{of}_s"]
        said.append(estimate(key, [ideal / law[f"{of}{end}_s"] for end in ("", "_high", "_low")], "%"))
    return said


def fitted_experts(recipe, text, program, data):
    folder = data / "expert_compute"
    found = fit_experts(folder / f"decode.{recipe.experts}.csv", text, program)
    gpu = found["gpu"]
    prompts = fit_experts(folder / f"prefill.{recipe.experts}.csv", text, program, prompts=True)
    # A form without padding says so by 0, which its other figures go with.
    figures = {"hbm_efficiency": gpu["hbm_efficiency"], "flop_efficiency": gpu["flop_efficiency"],
               "padding_tokens": gpu["padding_tokens"] or 0.0, "expert_launch": gpu["expert_launch_s"],
               "prefill_launch": prompts["gpu"]["expert_launch_s"],
               "prefill_flop_efficiency": prompts["gpu"]["flop_efficiency"]}
    if None in figures.values(): raise Wrong(f"{recipe.experts}: {figures}")
    law, prefill = (fit["fits"][fit["calibrated"]] for fit in (found, prompts))
    what = f"{law['dtype']} experts of {law['hidden_size']} x {law['expert_size']}"
    said = [source(EXPERTS_VERSION, what), *experts_said(law, figures, "decode"),
            *experts_said(prefill, {"flop_efficiency": figures["prefill_flop_efficiency"]},
                          f"prefill, EP {PREFILL_EP_WIDTH},")]
    return f"# >>> fitted: expert_compute/{{decode,prefill}}.{recipe.experts}.csv", said, figures


def borrowed_experts(recipe, known):
    figures, said = dict(known[recipe.like]), f"From data sheets: the figures of {recipe.like}"
    if recipe.padding is not None:
        figures["padding_tokens"] = recipe.padding
        said += f", but padding of {number(recipe.padding)} tokens, half a tile: what rounding up adds"
    return f"# >>> from data sheets: like gpus/{recipe.like}.yaml", [said + "."], figures


def fit_attention(tables, text, hbm_efficiency, program, *options):
    """The laws of all tables, with the experts' share of the memory's bandwidth."""
    sheet = base_of(text).replace("gpu:\n", f"gpu:\n  hbm_efficiency: {number(100 * hbm_efficiency)}%\n")
    with tempfile.TemporaryDirectory() as folder:
        base = pathlib.Path(folder, "base.yaml")
        base.write_text(sheet)
        found = run_fit(program, ["attention", *map(str, tables), "--base", str(base), *options])
    return found["attention"]


SHARES = ("projection_efficiency", "context_efficiency", "fp8_context_efficiency", "cache_efficiency",
          "fp8_cache_efficiency")


def attention_said(law, what):
    """Comment lines: how well it is met, and within what its figures lie."""
    sequences, context = (f"{low:.0f} to {high:.0f}" for low, high in (law["sequences"], law["context"]))
    said = [f"{what}: {law['points']} points, {sequences} sequences of {context} tokens; {errors(law)}"]
    for key, scale, unit in (("launch", 1e6, "us"), *((key, 100, "%") for key in SHARES)):
        if key == "launch" and law["timed"] == "kernel": continue
        suffix = "_s" if key == "launch" else ""
        values = [law.get(f"{key}{end}{suffix}") for end in ("", "_low", "_high")]
        if None not in values: said.append(estimate(key, [scale * value for value in values], unit))
    return said


def told(law):
    """The shares that the law tells, in percent: not those that were held."""
    return {key: 100 * law[key] for key in SHARES if law.get(f"{key}_se") is not None}


def of_layers(recipe, text, known, hbm_efficiency, program, data):
    """Comment lines, and by phase the figures of a layer: what SGLang 0.5.10 ran computed in bf16, by
    its times (MLA kernels with a cache in fp8 take half as long on Blackwell)."""
    if not recipe.attention:
        figures = {phase: dict(of) for phase, of in known[recipe.attention_like]["attention"].items()}
        return [f"Attention from data sheets: the figures of {recipe.attention_like}."], figures
    tables = [data / "attention" / f"mla_{phase}.{recipe.attention}.csv" for phase in ("decode", "prefill")]
    laws = fit_attention(tables, text, hbm_efficiency, program, "--attention-dtype", "bf16")
    said = [f"Attention of a layer: {EXPERTS_VERSION}, attention/mla_{{decode,prefill}}.{recipe.attention}.csv of "
            "the same source, DeepSeek-V3's 128 heads, fp8 weights."]
    figures = {}
    for law in laws:
        said += attention_said(law, law["phase"])
        figures[law["phase"]] = {"launch": 1e6 * law["launch_s"], **told(law)}
    figures["decode"]["activation_passes"] = 1
    return said, figures


def of_kernels(recipe, text, figures, hbm_efficiency, program, data):
    """The same of attention proper alone, which tells more of it; of prompts of MLA the layer does."""
    said = [f"Attention proper: {KERNELS_VERSION}, attention/{{mla,gqa}}_*.{recipe.kernels}.csv, the faster one."]
    folder = data / "attention"
    tables = [folder / f"mla_decode_tp.{recipe.kernels}.csv"]
    for law in fit_attention(tables, text, hbm_efficiency, program):
        said += attention_said(law, f"decode, MLA in {law['cache_dtype']}")
        figures["decode"] |= told(law)
    tables = [folder / f"gqa_{phase}.{recipe.kernels}.csv" for phase in ("decode", "prefill")]
    for law in fit_attention(tables, text, hbm_efficiency, program, "--model", "qwen3-235b-a22b"):
        if law["phase"] == "prefill" and law["cache_dtype"] != "bf16": continue
        said += attention_said(law, f"{law['phase']}, grouped queries, cache in {law['cache_dtype']}")
        gqa = figures[law["phase"]].setdefault("gqa", {})
        gqa |= {key: value for key, value in told(law).items() if key not in gqa}
    return said


SPARSE = ("What an indexer picks, and compressed caches, by hand from attention/{dsa,dsv4_*}_decode.*.csv, SGLang "
          "0.5.14; errors in docs/validation.md. Indexers: from prefill.")


def attention_yaml(figures):
    def of(key, value):
        if isinstance(value, dict): return f"{key}: {{{', '.join(of(*item) for item in value.items())}}}"
        unit = {"launch": "us", "index_launch": "us", "activation_passes": ""}.get(key, "%")
        return f"{key}: {number(value)}{unit}"
    lines = ["attention:"]
    for phase, values in figures.items():
        lines += [f"  {phase}:", *(f"    {of(*item)}" for item in values.items())]
    return lines


def attention_lines(recipe, text, known, hbm_efficiency, program, data):
    """The lines on attention, comments included, and its figures for presets that are like it."""
    said, figures = of_layers(recipe, text, known, hbm_efficiency, program, data)
    if recipe.kernels: said += of_kernels(recipe, text, figures, hbm_efficiency, program, data)
    for group, of in (("sparse", recipe.picked), ("compressed", recipe.compressed)):
        if of: figures["decode"][group] = dict(of)
    # The kernel that dequantizes reaches as much of prompts; launches hide there.
    shares = {key: value for key, value in recipe.compressed if key.endswith("efficiency")}
    if shares: figures["prefill"]["compressed"] = shares
    if recipe.picked: said.append(SPARSE)
    for key, percent, origin in recipe.context:
        figures["decode"][key] = percent
        said.append(f"{key}: {origin}")
    return [*comments(said), *attention_yaml(figures)], figures


def gpu_block(recipe, text, known, program, data):
    """The lines of a block, and the figures for presets that are like it."""
    head, said, figures = (fitted_experts(recipe, text, program, data) if recipe.experts
                           else borrowed_experts(recipe, known))
    lines = [head, *comments(said),
             f"hbm_efficiency: {number(100 * figures['hbm_efficiency'])}%",
             f"flop_efficiency: {number(100 * figures['flop_efficiency'])}%",
             f"padding_tokens: {number(figures['padding_tokens'])}",
             f"expert_launch: {number(1e6 * figures['expert_launch'])}us",
             f"prefill_experts: {{launch: {number(1e6 * figures['prefill_launch'])}us, "
             f"flop_efficiency: {number(100 * figures['prefill_flop_efficiency'])}%}}"]
    told, figures["attention"] = attention_lines(recipe, text, known, figures["hbm_efficiency"], program,
                                                 data)
    return lines + told, figures
