"""The block of a kernel preset: figures that `fit comm` finds, and those that follow from others."""

import csv
import pathlib
import re
import tempfile
from dataclasses import dataclass

from presets.recipes import H100_NIC, HOOKS, LL_HEADER, LL_TOKEN
from presets.text import Wrong, comments, errors, estimate, number, percent, run_fit, source

PHASES = ("dispatch", "combine")


@dataclass
class Law:
    """One direction of a kernel."""
    figures: dict  # by kind: tables by EP width, None for every width; us and GB/s
    said: list     # comment lines


PARAMETER = re.compile(r"(?:(latency|floor|ramp)|(scale-up |scale-out )?bandwidth"
                       r"(?: of (an SM|the domain))?)(?: at EP (\d+))?$")


def parameter_key(what):
    """'scale-up bandwidth of an SM at EP 8' -> ('per_sm', 8)"""
    found = PARAMETER.match(what)
    if not found or found[2] == "scale-out " and found[3]: raise Wrong(f"fit names '{what}'")
    kind = found[1] or {None: "up", "an SM": "per_sm", "the domain": "cap"}[found[3]]
    return "out" if found[2] == "scale-out " else kind, int(found[4]) if found[4] else None


def tokens_everywhere(found, phases):
    """Fewest and most that were measured at every width, as a calibration states them."""
    curves = [[point["tokens"] for point in curve["measured"]] for curve in found["fits"]
              if curve["in_calibration"] and curve["phase"] in phases]
    return max(1, round(max(map(min, curves)))), round(min(map(max, curves)))


def read_law(law, tokens):
    if law["scale_up_is_bound"] or law["scale_out_is_bound"]:
        raise Wrong(f"{law['kernel']} {law['phase']}: no measurement was bound by one of its tiers")
    widths = " to ".join(dict.fromkeys(str(law["ep_widths"][at]) for at in (0, -1)))
    figures, said = {}, [f"{law['phase']}, {law['form']}: {law['points']} points, EP {widths}, "
                         f"{tokens[0]} to {tokens[1]} tokens; {errors(law)}"]
    for one in law["parameters"]:
        kind, width = parameter_key(one["what"])
        key, scale, unit = ("s", 1e6, "us") if "value_s" in one else ("B_per_s", 1e-9, "GB/s")
        values = [scale * one[f"value{end}_{key}"] for end in ("", "_low", "_high")]
        figures.setdefault(kind, {})[width] = values[0]
        said.append(estimate(one["what"], values, unit))
    if law["ramp_tokens"]:
        figures["ramp_tokens"] = {None: law["ramp_tokens"]}
        said.append(f"  half a ramp is paid at {number(law['ramp_tokens'])} tokens")
    return Law(figures, said)


def kept_rows(source, target, rows_of):
    """A copy of a table with the rows that a recipe keeps, changed as it says."""
    with open(source, newline="") as table:
        reader = csv.DictReader(table)
        rows = rows_of(list(reader))
    with open(target, "w", newline="") as copy:
        writer = csv.DictWriter(copy, reader.fieldnames)
        writer.writeheader()
        writer.writerows(rows)
    return str(target)


def fit_tables(recipe, program, data):
    """What `fit comm` finds in the recipe's tables, without the rows that it leaves out."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for table, rows_of in {recipe.table: recipe.rows, **dict(recipe.beside)}.items():
            path = data / "comm" / table
            paths.append(kept_rows(path, pathlib.Path(folder, table), rows_of) if rows_of else str(path))
        return run_fit(program, ["comm", *paths, "--only", recipe.only, "--gpus-per-domain", str(recipe.domain)])


def fit_kernel(recipe, program, data):
    found = fit_tables(recipe, program, data)
    laws = {law["phase"]: read_law(law, tokens_everywhere(found, [law["phase"]]))
            for law in found["laws"]}
    if set(laws) != set(PHASES): raise Wrong(f"{recipe.table}: laws of {sorted(laws)} only")
    widths, tokens = found["laws"][0]["ep_widths"], tokens_everywhere(found, PHASES)
    ranges = {"ep_width": (widths[0], widths[-1]), "tokens": tokens}
    if sms := found["laws"][0]["sms"]: ranges["sms"] = (sms[0], sms[-1])
    return laws, ranges


def fitted_line(ranges):
    return f"fitted: {{{', '.join(f'{key}: [{low}, {high}]' for key, (low, high) in ranges.items())}}}"


def at(table, width):
    return table[width] if width in table else table[None]


def with_cap(figures, sms):
    """An SM's bandwidth, no more of it than so many SMs reach at the narrowest width."""
    return {**figures, "cap": {None: sms * figures["per_sm"][min(figures["per_sm"])]}}


def beyond_one_node(own, like, nic):
    """Figures of one node, continued as `like` goes on: latency by its steps, an SM's bandwidth in its
    ratios, the share of the NIC that it reaches."""
    node = min(own["latency"])
    grown = {**own, "out": {None: nic * like["out"][None] / H100_NIC}}
    steps = like.get("steps") or {width: value - like["latency"][node] for width, value in like["latency"].items()}
    grown["latency"] = {width: own["latency"][node] + step for width, step in steps.items()}
    if "per_sm" in own:
        grown["per_sm"] = {width: at(own["per_sm"], node) * value / like["per_sm"][node]
                           for width, value in like["per_sm"].items()}
    if "ramp" in own and "ramp" in like:
        grown["ramp"] = {width: at(own["ramp"], node) * value / like["ramp"][node]
                         for width, value in like["ramp"].items()}
        tokens = at(own["ramp_tokens"], node)
        theirs = {width: at(like["ramp_tokens"], width) for width in like["ramp"]}
        if set(theirs.values()) != {tokens}: grown["ramp_tokens"] = {**theirs, node: tokens}
    return grown


def continued(table, steps, combine):
    """A table by EP width that goes on from its widest by steps: sums of latencies, ratios of rates."""
    widest = max(table)
    return {**table, **{width: combine(table[widest], step) for width, step in steps.items()}}


def wider(recipe, phase, figures):
    """Figures at the widths that the recipe adds to the fitted ones."""
    steps = recipe.wider.get(phase, {})
    figures = dict(figures)
    if "latency" in steps:
        figures["latency"] = continued(figures["latency"], steps["latency"], lambda a, b: a + b)
    for key in ("latency", "up"):
        if f"{key} ratio" in steps:
            figures[key] = continued(figures[key], steps[f"{key} ratio"], lambda a, b: a * b)
    return figures


def on_sms(recipe, phase, figures):
    """Figures of all shapes in place of those at 256 experts, two of which share an SM; beyond the node
    the latency is less by what the second of them costs."""
    latency, bandwidth, second, limit = recipe.shapes[phase]
    node = min(figures["latency"])
    key = "latency_each" if phase == "dispatch" else "latency_several"
    experts = {key: f"{number(second)}us"}
    experts |= {"token_time": f"{number(limit)}us"} if phase == "dispatch" else {"per_sm": f"{number(limit)}GB/s"}
    steps = {width: value - figures["latency"][node] for width, value in figures["latency"].items()}
    beyond = {width: value - second for width, value in figures["latency"].items()}
    return {**figures, "latency": {**beyond, node: latency}, "up": {None: bandwidth}, "steps": steps,
            "experts": experts, "second": second}


def scaled(recipe, phase, figures):
    """Figures of one width at the others of the domain, in the ratios that the recipe states."""
    second = figures.get("second", 0.0)
    ratios, node = recipe.scaled[phase], min(figures["latency"])
    latency, bandwidth = at(figures["latency"], node), at(figures["up"], node)
    return {**figures, "up": {width: bandwidth * rate for width, (_, rate) in ratios.items()},
            "latency": {width: (latency + second) * time - second for width, (time, _) in ratios.items()}}


def over_link(figures, nvlink):
    """The kernel's own bandwidth, or the link's where that is less."""
    kind = "cap" if "per_sm" in figures else "up"
    own = figures.get(kind, {None: nvlink})
    return {**figures, kind: {width: min(nvlink, value) for width, value in own.items()}}


def borrowed(recipe, like):
    said = f"From data sheets: the figures of {recipe.like}"
    if not recipe.nvlink: return {phase: like[phase] for phase in PHASES}, [said + "."]
    return ({phase: over_link(like[phase], recipe.nvlink) for phase in PHASES},
            [f"{said}, over an NVLink that gives {number(recipe.nvlink)} GB/s at most."])


def capped(recipe, own, like):
    """Fitted figures with what the recipe adds, and what is to be said of that."""
    figures, said = completed(recipe, own, like)
    if not recipe.full_at: return figures, said
    return ({phase: with_cap(figures[phase], recipe.full_at) for phase in PHASES},
            [*said, f"cap: what {recipe.full_at} SMs reach inside a node; more gain nothing."])


SHAPES_SAID = ("Experts on the SMs, and with them latency and bandwidth at EP {}: the 16 shapes of the same source's "
               "SGLang 0.5.12, 8 to 512 experts, by relative least squares with a soft L1 loss "
               "(docs/model.md#links). Median, 90 % and largest error of all shapes: {}.")


def completed(recipe, own, like):
    said = []
    own = {phase: wider(recipe, phase, own[phase]) for phase in PHASES}
    if recipe.wider_said: said.append(recipe.wider_said)
    if recipe.shapes:
        said.append(SHAPES_SAID.format(min(own["dispatch"]["latency"]), recipe.shapes["errors"]))
        own = {phase: on_sms(recipe, phase, own[phase]) for phase in PHASES}
    if recipe.scaled:
        return {phase: scaled(recipe, phase, own[phase]) for phase in PHASES}, [*said, recipe.scaled["said"]]
    own, more = beyond_fitted(recipe, own, like)
    return own, said + more


def beyond_fitted(recipe, own, like):
    if recipe.everywhere:
        return {phase: {kind: {None: next(iter(table.values()))} for kind, table in own[phase].items()}
                for phase in PHASES}, []
    if not recipe.like: return own, []
    shares = [f"{percent(like[phase]['out'][None] / H100_NIC)} in {phase}" for phase in PHASES]
    sms = " an SM's bandwidth in its ratios," if "per_sm" in own["dispatch"] else ""
    return ({phase: beyond_one_node(own[phase], like[phase], recipe.nic) for phase in PHASES},
            [f"From data sheets beyond one node: latency grows by the steps of {recipe.like},{sms} and "
             f"of the NIC's {number(recipe.nic)} GB/s it gets the same share, {' and '.join(shares)}."])


def table_yaml(values, unit):
    if list(values) == [None]: return number(values[None]) + unit
    return f"{{{', '.join(f'{width}: {number(value)}{unit}' for width, value in values.items())}}}"


def bandwidth_lines(figures):
    if "per_sm" in figures:
        cap = f", cap: {table_yaml(figures['cap'], 'GB/s')}" if "cap" in figures else ""
        up = f"{{per_sm: {table_yaml(figures['per_sm'], 'GB/s')}{cap}}}"
    else:
        up = table_yaml(figures["up"], "GB/s")
    if "out" not in figures: return [f"  bandwidth: {up}"]
    return ["  bandwidth:", f"    scale_up: {up}",
            f"    scale_out: {table_yaml(figures['out'], 'GB/s')}"]


def sm_time_line(phase, figures):
    """Inside the domain the SMs copy all the time; beyond it, hooks leave them free between."""
    second = figures.get("second", 0.0)
    latency = {width or 0: value + second for width, value in figures["latency"].items()}
    inside = list(latency) if "out" not in figures else [min(latency)]
    fixed = {width: latency[width] for width in inside}
    per_token = {width: 1e-3 * LL_TOKEN[phase] / at(figures["up"], width) for width in inside}
    node = min(latency)
    if "out" in figures: fixed[2 * node], per_token[2 * node] = HOOKS[phase]
    return f"  sm_time: {{fixed: {table_yaml(fixed, 'us')}, per_token: {table_yaml(per_token, 'us')}}}"


def phase_lines(recipe, phase, figures):
    lines = [f"{phase}:", f"  latency: {table_yaml(figures['latency'], 'us')}"]
    if "floor" in figures: lines.append(f"  floor: {table_yaml(figures['floor'], 'us')}")
    if "ramp" in figures:
        tokens = table_yaml(figures["ramp_tokens"], "")
        lines.append(f"  ramp: {{time: {table_yaml(figures['ramp'], 'us')}, tokens: {tokens}}}")
    if "experts" in figures:
        lines.append(f"  experts: {{{', '.join(f'{key}: {value}' for key, value in figures['experts'].items())}}}")
    lines += bandwidth_lines(figures)
    if not recipe.low_latency: return lines
    header = [f"  header_bytes: {LL_HEADER[phase]}"] if LL_HEADER[phase] else []
    return lines + header + [sm_time_line(phase, figures)]


def kernel_block(recipe, known, program, data):
    """The lines of a block, and the figures for presets that are like it."""
    like = known.get(recipe.like)
    if recipe.table:
        laws, fitted = fit_kernel(recipe, program, data)
        figures, added = capped(recipe, {phase: laws[phase].figures for phase in PHASES}, like)
        said = [source(recipe.version, re.sub("[_=]", " ", recipe.only.replace(",", ", "))),
                *([recipe.rows_said] if recipe.rows_said else []),
                *(line for phase in PHASES for line in laws[phase].said), *added]
        head = " ".join([f"# >>> fitted: comm/{recipe.table}", *(f"comm/{table}" for table, _ in recipe.beside)])
    else:
        figures, said = borrowed(recipe, like)
        # SMs beyond those of the figures are no less beyond them here; widths and tokens are told above.
        fitted = {"sms": like["sms"]} if "sms" in like else {}
        head = f"# >>> from data sheets: like kernels/{recipe.like}.yaml"
    yaml = [line for phase in PHASES for line in phase_lines(recipe, phase, figures[phase])]
    last = [fitted_line(fitted)] if fitted else []
    if "sms" in fitted: figures = {**figures, "sms": fitted["sms"]}
    return [head, *comments(said), *yaml, *last], figures
