"""The control equation: on each side, matched + exceptions = input, in rows and in fils; and what a run comes to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mizan.domain.reconciliation.entries import Action, Difference, GatewayLine, Match
from mizan.domain.reconciliation.reasons import AWAITING


@dataclass(frozen=True, slots=True)
class Totals:
    """Rows and their sum in fils; what went back counts negative, on both sides."""

    count: int = 0
    amount: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(self.count + other.count, self.amount + other.amount)


NOTHING = Totals()


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the match. `input` is counted from the input itself, never derived from the other two."""

    input: Totals = NOTHING
    matched: Totals = NOTHING
    exceptions: Totals = NOTHING

    @property
    def is_tied(self) -> bool:
        return self.matched + self.exceptions == self.input

    def __add__(self, other: "Side") -> "Side":
        return Side(self.input + other.input, self.matched + other.matched, self.exceptions + other.exceptions)


@dataclass(frozen=True, slots=True)
class Movements:
    """What the gateway's file says, by action, and its fees in fils."""

    purchases: Totals = NOTHING
    voids: Totals = NOTHING
    reversals: Totals = NOTHING
    refunds: Totals = NOTHING
    chargebacks: Totals = NOTHING
    fees: int = 0

    @property
    def lines(self) -> Totals:
        """All lines: how many, and purchases less everything that went back."""
        return self.purchases + self.voids + self.reversals + self.refunds + self.chargebacks

    @property
    def net_due(self) -> int:
        """What the gateway owes for the day: purchases less what went back, less its fees."""
        return self.lines.amount - self.fees

    @classmethod
    def of(cls, totals: Mapping[Action, Totals], fees: int) -> "Movements":
        """`totals` by action, amounts signed; an action that is missing moved nothing."""
        return cls(
            purchases=totals.get(Action.PURCHASE, NOTHING),
            voids=totals.get(Action.VOID, NOTHING),
            reversals=totals.get(Action.REVERSAL, NOTHING),
            refunds=totals.get(Action.REFUND, NOTHING),
            chargebacks=totals.get(Action.CHARGEBACK, NOTHING),
            fees=fees,
        )

    def __add__(self, other: "Movements") -> "Movements":
        return Movements(
            self.purchases + other.purchases,
            self.voids + other.voids,
            self.reversals + other.reversals,
            self.refunds + other.refunds,
            self.chargebacks + other.chargebacks,
            self.fees + other.fees,
        )


class Verdict(StrEnum):
    PASS = "PASS"  # noqa: S105  # a verdict
    FAIL = "FAIL"


class RunStatus(StrEnum):
    """What a run of a day came to; the worst that holds."""

    RECONCILED = "reconciled"
    AWAITING_GATEWAY = "awaiting_gateway"
    EXCEPTIONS = "exceptions"
    QUARANTINED = "quarantined"
    UNTIED = "untied"


def verdict_of(sides: Iterable[Side], *, is_file_missing: bool) -> Verdict:
    """FAIL blocks remittance: rows that tie to nothing, or a file that is overdue, or was refused and not replaced."""
    return Verdict.FAIL if is_file_missing or not all(side.is_tied for side in sides) else Verdict.PASS


def status_of(sides: Sequence[Side], differences: Iterable[Difference], *, is_file_missing: bool) -> RunStatus:
    reasons = {difference.reason for difference in differences}
    if not all(side.is_tied for side in sides):
        return RunStatus.UNTIED
    if is_file_missing:
        return RunStatus.QUARANTINED
    if reasons - AWAITING:
        return RunStatus.EXCEPTIONS
    return RunStatus.AWAITING_GATEWAY if reasons else RunStatus.RECONCILED


def platform_totals(items: Iterable[Match | Difference]) -> Totals:
    """The entries that these account for."""
    entries = [item.entry for item in items if item.entry is not None]
    return Totals(len(entries), sum(entry.amount for entry in entries))


def gateway_totals(items: Iterable[Match | Difference]) -> Totals:
    """The lines that these account for."""
    return line_totals(line for item in items for line in item.lines)


def line_totals(lines: Iterable[GatewayLine]) -> Totals:
    amounts = [line.signed_amount for line in lines]
    return Totals(len(amounts), sum(amounts))


def movements_of(lines: Sequence[GatewayLine]) -> Movements:
    totals = {action: line_totals(line for line in lines if line.action is action) for action in Action}
    return Movements.of(totals, sum(line.fee for line in lines))
