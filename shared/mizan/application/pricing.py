"""What a payer is asked for: what is owed, the fees that the payer bears, and what cash rounds to coins. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mizan.domain.calendar import business_date
from mizan.domain.fees import FeeRule, fee_of
from mizan.domain.ledger import CASH_GATEWAYS
from mizan.domain.money import round_to_coins
from mizan.domain.payments import PaymentLine, PaymentMethod
from mizan.domain.quotes import Quote

FeeSchedule = Callable[[str, PaymentMethod], FeeRule]
"""The fee rule of a service (its code) for a payment method."""


@dataclass(frozen=True, slots=True)
class Price:
    """`rounding` in fils, signed: only where the rail takes coins."""

    lines: tuple[PaymentLine, ...]
    rounding: int

    @property
    def amount(self) -> int:
        """What the payer is asked for, in fils."""
        return sum(line.amount + line.fee_added for line in self.lines) + self.rounding


def price_of(quotes: Iterable[Quote], *, method: PaymentMethod, gateway: str, fees: FeeSchedule, at: datetime) -> Price:
    """`at` (UTC) decides which VAT rate the fees bear."""
    lines = tuple(_priced(line_of(quote), method, fees, at) for quote in quotes)
    asked = Price(lines, 0)
    return replace(asked, rounding=round_to_coins(asked.amount) - asked.amount) if gateway in CASH_GATEWAYS else asked


def line_of(quote: Quote) -> PaymentLine:
    """What an attempt pays on one invoice, as quoted."""
    return PaymentLine(
        reference=quote.reference,
        agency=quote.agency,
        service=quote.service,
        amount=quote.amount,
        discharge=quote.discharge,
        valid_until=quote.valid_until,
        plan=quote.plan,
        leg=quote.leg,
    )


def without_added_fees(lines: Sequence[PaymentLine]) -> tuple[PaymentLine, ...]:
    """Of a part that the payer chose at a machine: nobody asked for a fee beside it."""
    return tuple(replace(line, fee=None) if line.fee_added else line for line in lines)


def _priced(line: PaymentLine, method: PaymentMethod, fees: FeeSchedule, at: datetime) -> PaymentLine:
    fee = fee_of(fees(line.service, method), line.amount, business_date(at))
    return replace(line, fee=fee) if fee.total else line
