"""A story before it is told: who does what, and when."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """`name` is its own for good: decisions hang on it. `at`: microseconds since the beginning."""

    name: str
    at: int
    kind: str
    args: tuple[int | str, ...] = ()


@dataclass(frozen=True)
class Story:
    """`faults`: by the name of their moment; None: the seed's weather decides."""

    seed: int
    actions: tuple[Action, ...]
    faults: Mapping[str, str] | None = None
