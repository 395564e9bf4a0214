from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

version: str

def raise_by(function: Callable[[str, list[tuple[str, str, int | None, int | None, str, str]]], NoReturn]) -> None: ...
def run(arguments: Sequence[str], texts: Mapping[str, str]) -> tuple[int, str]: ...

class Sweep:
    def __init__(
        self,
        texts: Mapping[str, str],
        workload: str,
        fabric: str | None,
        search: str | None,
        set: Sequence[str],
        axes: Sequence[str],
        optimum: bool,
        threads: int,
    ) -> None: ...
    def points(self) -> int: ...
    def next(self) -> list[dict[str, Any]]: ...
