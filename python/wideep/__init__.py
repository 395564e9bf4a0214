"""How to serve a mixture-of-experts model over many GPUs with wide expert parallelism.

The functions are the commands of wideep-opt and return what those print with ``--json``, as dicts
(docs/json.md): times in seconds, sizes in bytes, rates a second, shares as parts of 1. What does not
exist is None, and its reason stands beside it as ``<name>_reason``. Where the answer is no the dict
says why; nothing is raised.

A workload, fabric or search is a path, a preset's name (of a fabric), or a dict with the keys of
docs/input.md, in which quantities are texts with their unit: ``{"slo": {"tpot": "30ms"}}``.

Input that cannot be used raises :class:`InputError`, which names every fault at once. What commands say
beside their answer goes to the logger "wideep".
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import _wideep
from ._ask import Fault, InputError, Question, Settings, Source, ask, asked, options_of, settings_of, shares, word

__version__ = _wideep.version
__all__ = [
    "Fault", "InputError", "check", "compare", "emit", "explain", "fit", "optimize", "pareto", "plan",
    "presets", "sweep", "thresholds",
]


def optimize(
    workload: Source,
    fabric: Source | None = None,
    *,
    search: Source | None = None,
    set: Settings = None,
    solver: str | None = None,
    sensitivity: bool = False,
    uncertain: Mapping[str, Any] | None = None,
    draws: int | None = None,
    seed: int | None = None,
) -> dict[str, Any]:
    """The best EP width, kernel, chunks and overlap, with thresholds, reasons and proof.

    ``set`` overrides values, ``{"tokens_per_rank": 256, "kernels.LL.latency": "0.5x"}``; ``solver`` is
    nlopt, bounds, exhaustive or both; ``uncertain`` says by which share an input is uncertain,
    ``{"straggler_factor": "5%"}``. docs/json.md#optimize
    """
    return asked("optimize", Question(workload, fabric, search, set), {
        "solver": solver, "sensitivity": sensitivity, "uncertain": shares(uncertain), "draws": draws, "seed": seed,
    })


def explain(
    workload: Source,
    fabric: Source | None = None,
    *,
    ep: int,
    kernel: str,
    overlap: str,
    attention: str | None = None,
    experts: str | None = None,
    schedule: str | None = None,
    chunks: int | None = None,
    split: float | str | None = None,
    sms: int | None = None,
    search: Source | None = None,
    set: Settings = None,
) -> dict[str, Any]:
    """Where the time of one configuration goes, and how far it is from the best. docs/json.md#explain"""
    return asked("explain", Question(workload, fabric, search, set), {
        "ep": ep, "kernel": kernel, "overlap": overlap, "attention": attention, "experts": experts, "schedule": schedule,
        "chunks": chunks, "split": split, "sms": sms,
    })


def compare(
    workload: Source,
    *configurations: str,
    fabric: Source | None = None,
    search: Source | None = None,
    set: Settings = None,
) -> dict[str, Any]:
    """Two or more configurations side by side: "ep=64,kernel=LL,overlap=dbo", "best". docs/json.md#compare"""
    question = Question(workload, fabric, search, set)
    return ask("compare", [*question.arguments(), *configurations], question.texts)


def thresholds(
    workload: Source,
    fabric: Source | None = None,
    *,
    search: Source | None = None,
    set: Settings = None,
    **configuration: Any,
) -> dict[str, Any]:
    """T* (tokens), V* (bytes), break-even of DBO (tokens) and the chunk's lower bound (bytes).

    Of the best configuration, or of the one that ``ep``, ``kernel``, ``overlap`` ... name, as
    :func:`explain` takes them.
    """
    if configuration:
        found = explain(workload, fabric, search=search, set=set, **configuration)
    else:
        found = optimize(workload, fabric, search=search, set=set, solver="bounds")
    known: dict[str, Any] = found["thresholds"]
    return known


def plan(
    workload: Source,
    fabric: Source | None = None,
    *,
    search: Source | None = None,
    set: Settings = None,
    sensitivity: bool = False,
    uncertain: Mapping[str, Any] | None = None,
    draws: int | None = None,
    seed: int | None = None,
) -> dict[str, Any]:
    """The deployment that holds a service level: of a workload with ``traffic``. docs/json.md#plan"""
    return asked("plan", Question(workload, fabric, search, set), {
        "sensitivity": sensitivity, "uncertain": shares(uncertain), "draws": draws, "seed": seed,
    })


def pareto(
    workload: Source,
    fabric: Source | None = None,
    *,
    points: int | None = None,
    search: Source | None = None,
    set: Settings = None,
) -> dict[str, Any]:
    """Tokens/s per GPU against tokens/s for a user, over every batch. docs/json.md#pareto"""
    return asked("pareto", Question(workload, fabric, search, set), {"points": points})


def sweep(
    workload: Source,
    fabric: Source | None = None,
    *,
    axes: Mapping[str, Any],
    search: Source | None = None,
    set: Settings = None,
    optimum: bool = False,
    threads: int = 0,
) -> Iterator[dict[str, Any]]:
    """The best at each of many points, one flat dict each, in order, computed as they are asked for.

    ``axes`` has one to three keys of ``set`` with their values, a list or as docs/sweep.md writes
    them: ``{"tokens_per_rank": "1:4096:log2", "kernels.LL.latency": ["0.5x", "1x"]}``. Columns are those
    of docs/sweep.md#columns; ``pandas.DataFrame(wideep.sweep(...))`` takes them as they are. Points
    are computed on all cores (``threads``: on so many), faults of the input are raised here.
    """
    question = Question(workload, fabric, search, set)
    texts = [f"{key}={values if isinstance(values, str) else ','.join(map(word, values))}" for key, values in axes.items()]
    swept = _wideep.Sweep(
        question.texts, question.workload, question.fabric, question.search, question.settings, texts, optimum, threads,
    )
    return _rows(swept)


def _rows(swept: _wideep.Sweep) -> Iterator[dict[str, Any]]:
    while rows := swept.next():
        yield from rows


def emit(
    workload: Source,
    fabric: Source | None = None,
    *,
    engine: str,
    format: str | None = None,
    config: str | None = None,
    model: str | None = None,
    version_of_engine: str | None = None,
    search: Source | None = None,
    set: Settings = None,
) -> dict[str, Any]:
    """The answer as what starts an engine: its settings with their reasons, and the file. docs/json.md#emit"""
    return asked("emit", Question(workload, fabric, search, set), {
        "engine": engine, "format": format, "config": config, "model": model, "version_of_engine": version_of_engine,
    })


def check(
    *files: str | os.PathLike[str],
    fabric: str | None = None,
    model: str | None = None,
    engine_version: str | None = None,
    traffic: str | os.PathLike[str] | None = None,
    max_regret: str | float | None = None,
    rules_only: bool = False,
    ignore: Sequence[str] = (),
    root: str | None = None,
    include: Sequence[str] = (),
    set: Settings = None,
) -> dict[str, Any]:
    """Whether files that start engines, or workloads and fabrics, are sound. docs/json.md#check"""
    options = options_of({
        "fabric": fabric, "model": model, "engine_version": engine_version, "traffic": traffic, "max_regret": max_regret,
        "rules_only": rules_only, "ignore": list(ignore), "root": root, "include": list(include), "set": settings_of(set),
    })
    return ask("check", [*options, "--", *[os.fspath(file) for file in files]], {})


def fit(
    kind: str,
    *files: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    base: str | os.PathLike[str] | None = None,
    ep: int | Mapping[str, int] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Figures of a fabric from benchmark logs: ``kind`` is comm, compute, attention, fused, gamma or step.

    ``out`` writes a calibration, which :func:`optimize` takes as its fabric; ``base`` gives all other
    figures; ``ep`` the width of logs that do not say it, or by file. Further options are those of
    ``wideep-opt fit KIND --help`` with underscores. docs/json.md#fit
    """
    widths = [f"{file}={width}" for file, width in ep.items()] if isinstance(ep, Mapping) else ep
    arguments = options_of({"out": out, "base": base, "ep": widths, **options})
    return ask(f"fit {kind}", [*arguments, "--", *[os.fspath(file) for file in files]], {})


def presets(kind: str | None = None) -> list[dict[str, Any]]:
    """The presets that are built in: kind, name and what each is."""
    found: list[dict[str, Any]] = ask("presets list", [], {})["presets"]
    return [each for each in found if kind is None or each["kind"] == kind]
