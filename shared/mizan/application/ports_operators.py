"""What the use cases need to know about operators, as protocols."""

from typing import Protocol

from mizan.domain.operators import Operator


class OperatorRepository(Protocol):
    def get(self, code: str) -> Operator | None:
        """Strongly consistent: a suspension holds at once."""
        ...

    def all(self) -> list[Operator]:
        """Every operator, by code."""
        ...

    def replace(self, before: Operator, after: Operator) -> bool:
        """False when its stored state or sequence is no longer `before`'s."""
        ...


class RunningBalances(Protocol):
    def balance(self, account: str) -> int:
        """Σ debit - Σ credit, in fils, of a journal account that is counted as it is posted to. Strongly
        consistent: what was committed is in it.
        """
        ...
