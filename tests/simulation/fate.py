"""What the seed decides: every decision has a name, and its outcome depends on the seed and that name alone.

So a story told again without one of its actions, or without one of its faults, is otherwise the same story: that is
what makes failures small.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeVar

Choice = TypeVar("Choice")
WHOLE = 10_000
"""Chances are given in ten-thousandths."""


class Dice:
    """One decision's numbers: as many as it needs, drawn from a hash of the seed and the decision's name."""

    __slots__ = ("_left", "_name", "_number")

    def __init__(self, seed: int, name: str) -> None:
        self._name, self._number, self._left = f"{seed}|{name}", 0, 1

    def below(self, bound: int) -> int:
        """0 … bound - 1, all alike."""
        if self._left < bound << 20:  # too little is left for the rest to be even
            self._name += "|"
            self._number = int.from_bytes(blake2b(self._name.encode(), digest_size=16).digest(), "big")
            self._left = 1 << 128
        self._number, rest = divmod(self._number, bound)
        self._left //= bound
        return rest

    def chance(self, of_ten_thousand: int) -> bool:
        return self.below(WHOLE) < of_ten_thousand

    def pick(self, choices: Sequence[Choice]) -> Choice:
        return choices[self.below(len(choices))]

    def weighted(self, weights: Mapping[Choice, int]) -> Choice:
        rest = self.below(sum(weights.values()))
        for choice, weight in weights.items():
            rest -= weight
            if rest < 0:
                return choice
        raise AssertionError("weights that sum up to nothing")


@dataclass
class Fate:
    """`weather`: how likely each fault is in this story, in ten-thousandths. `told`: the faults that happen, by the
    name of their moment, where the story is told again and not drawn; None draws.
    """

    seed: int
    weather: Mapping[str, int]
    told: Mapping[str, str] | None = None
    happened: dict[str, str] = field(default_factory=dict)

    def dice(self, name: str) -> Dice:
        return Dice(self.seed, name)

    def fault(self, moment: str, dice: Dice, kinds: Sequence[str]) -> str:
        """The fault of `kinds` that strikes at this moment, "" mostly. `dice`: the moment's own."""
        found = self._drawn(dice, kinds)  # also where it is told: what is drawn afterwards must not shift
        if self.told is not None:
            told = self.told.get(moment, "")
            found = told if told in kinds else ""
        if found:
            self.happened[moment] = found
        return found

    def _drawn(self, dice: Dice, kinds: Sequence[str]) -> str:
        rest = dice.below(WHOLE)
        for kind in kinds:
            rest -= self.weather.get(kind, 0)
            if rest < 0:
                return kind
        return ""
