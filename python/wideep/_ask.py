"""How commands are run: questions as arguments and texts, answers as dicts, faults as exceptions."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Union

from . import _wideep

_log = logging.getLogger("wideep")  # what commands say beside their answer

Tree = Mapping[str, Any]
Source = Union[str, "os.PathLike[str]", Tree]
Settings = Union[Mapping[str, Any], Sequence[str], None]


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the input: where, what, and how to mend it."""

    rule: str
    file: str  #: as it was given; "<workload>" of a dict
    line: int | None
    column: int | None
    message: str
    fix: str  #: empty where there is nothing useful to say


class InputError(ValueError):
    """The input cannot be used. Its text shows every fault with its place."""

    def __init__(self, text: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(text)
        self.faults = list(faults)


def raise_by_module(text: str, faults: list[tuple[str, str, int | None, int | None, str, str]]) -> NoReturn:
    raise InputError(text.rstrip("\n"), [Fault(*fault) for fault in faults])


def word(value: Any) -> str:
    """A value as ``--set`` takes it."""
    if value is None or isinstance(value, (bool, list, tuple, Mapping)):
        return json.dumps(value)
    return str(value)


def settings_of(settings: Settings) -> list[str]:
    if settings is None:
        return []
    if isinstance(settings, Mapping):
        return [f"{key}={word(value)}" for key, value in settings.items()]
    if isinstance(settings, str):
        raise TypeError("set is a dict, or a list of 'KEY=VALUE'")
    return list(settings)


class Question:
    """Names of files, and texts in place of those that are dicts."""

    def __init__(self, workload: Source, fabric: Source | None, search: Source | None, settings: Settings) -> None:
        self.texts: dict[str, str] = {}
        self.workload = self._named("workload", workload)
        self.fabric = None if fabric is None else self._named("fabric", fabric)
        self.search = None if search is None else self._named("search", search)
        self.settings = settings_of(settings)

    def _named(self, kind: str, source: Source) -> str:
        if not isinstance(source, Mapping):
            return os.fspath(source)
        name = f"<{kind}>"
        self.texts[name] = json.dumps(source, indent=1)
        return name

    def arguments(self) -> list[str]:
        all_ = ["--workload", self.workload]
        if self.fabric is not None:
            all_ += ["--fabric", self.fabric]
        if self.search is not None:
            all_ += ["--search", self.search]
        for setting in self.settings:
            all_ += ["--set", setting]
        return all_


def options_of(options: Mapping[str, Any]) -> list[str]:
    """Keyword arguments as options: what is None or False is left out, lists are given one by one."""
    all_: list[str] = []
    for name, value in options.items():
        option = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            all_.append(option)
            continue
        for each in value if isinstance(value, (list, tuple)) else [value]:
            all_ += [option, os.fspath(each) if isinstance(each, os.PathLike) else str(each)]
    return all_


def ask(command: str, arguments: Sequence[str], texts: Mapping[str, str]) -> dict[str, Any]:
    _, printed, beside = _wideep.run([*command.split(), "--json", *arguments], texts)
    if not printed:  # there is no answer, and why is said beside it
        raise InputError(beside.rstrip("\n"))
    if beside:
        _log.info(beside.rstrip("\n"))
    found: dict[str, Any] = json.loads(printed)
    return found


def asked(command: str, question: Question, options: Mapping[str, Any]) -> dict[str, Any]:
    return ask(command, [*question.arguments(), *options_of(options)], question.texts)


def shares(uncertain: Mapping[str, Any] | None) -> list[str]:
    return [f"{key}={value}" for key, value in (uncertain or {}).items()]
