from collections.abc import Mapping, Sequence
from typing import Any

version: str

def run(arguments: Sequence[str], texts: Mapping[str, str]) -> tuple[int, str, str]: ...

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
