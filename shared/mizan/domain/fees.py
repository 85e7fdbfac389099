"""What it costs to pay one way or another, who bears it, and the VAT on it: exact integers of fils.

A rule is data of the catalogue, per service and payment method. Every rounding here is half up to the whole fils: a
half fils counts as one. The minimum and the maximum bound the fee before its VAT.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

BASIS_POINTS = 10_000
"""Basis points in the whole: 150 are 1.5 %."""

VAT_RATES: tuple[tuple[date, int], ...] = ((date(2019, 1, 1), 500), (date(2022, 1, 1), 1_000))
"""First day and rate, in basis points, of VAT in Bahrain: 5 % from 2019, 10 % from 2022 (rails.md 8); fees for
accepting payments bear the standard rate (rails.md 7). A new rate is a new line; nothing is edited.
"""


class FeeBearer(StrEnum):
    """Who pays for the payment. The payer sees it before paying; the others never touch what the payer is asked for."""

    PAYER = "payer"
    AGENCY = "agency"
    TREASURY = "treasury"


@dataclass(frozen=True, slots=True)
class FeeRule:
    """`flat` fils and `basis_points` of the amount, together at least `minimum` and at most `maximum` fils (None: no
    bound), VAT apart. Raises ValueError on a rule that cannot be.
    """

    bearer: FeeBearer
    flat: int = 0
    basis_points: int = 0
    minimum: int = 0
    maximum: int | None = None

    def __post_init__(self) -> None:
        if min(self.flat, self.basis_points, self.minimum) < 0 or self.basis_points > BASIS_POINTS:
            raise ValueError("a fee is never negative, nor more than the amount in proportion")
        if self.maximum is not None and self.maximum < self.minimum:
            raise ValueError("a fee's maximum is below its minimum")


NO_FEE = FeeRule(FeeBearer.TREASURY)
"""Where no rule was set, paying costs nobody anything that the platform knows of."""


@dataclass(frozen=True, slots=True)
class Fee:
    """`amount` and the `vat` on it, both in fils, and who bears both."""

    amount: int
    vat: int
    bearer: FeeBearer

    @property
    def total(self) -> int:
        """Fee and VAT, in fils."""
        return self.amount + self.vat

    @property
    def added(self) -> int:
        """What the payer is asked for beside what is owed, in fils: 0 where somebody else bears it."""
        return self.total if self.bearer is FeeBearer.PAYER else 0


def fee_of(rule: FeeRule, amount: int, on: date) -> Fee:
    """The fee for paying `amount` fils on the Bahrain day `on`. Raises ValueError where `amount` is not positive."""
    if amount <= 0:
        raise ValueError("a fee is of a positive amount")
    fee = max(rule.flat + _share(amount, rule.basis_points), rule.minimum)
    if rule.maximum is not None:
        fee = min(fee, rule.maximum)
    return Fee(fee, _share(fee, vat_rate_on(on)), rule.bearer)


def vat_rate_on(day: date) -> int:
    """The VAT rate of that Bahrain day, in basis points; 0 before there was any."""
    return max((rate for rate in VAT_RATES if rate[0] <= day), default=(day, 0))[1]


def _share(amount: int, basis_points: int) -> int:
    """So many basis points of `amount`, in fils, half up."""
    return (amount * basis_points + BASIS_POINTS // 2) // BASIS_POINTS
