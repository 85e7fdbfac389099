"""What a bank says came into an account, in our words, whatever the format of its file: one credit, one claim.

A credit is told twice, first by a notification (camt.054) and then by the statement (camt.053, MT940). It is one credit
because both give the bank's own reference of the entry. An entry without one has no name of its own:

* in a notification it is left alone: the statement will bring it;
* in a statement its name is what cannot change when the statement is sent again: the statement's number, its booking
  day and amount, and the how-manieth it is among entries that are alike. Statements of another format have numbers of
  their own, so only the format that the account's settings name (`STATEMENT_FORMAT_SETTING`) brings nameless entries.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum

from mizan.domain.calendar import BAHRAIN

NO_REFERENCE = frozenset({"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "UNKNOWN"})
"""What banks write where they have no reference to give."""


STATEMENT_FORMAT_SETTING = "statement_format"
"""A merchant account's setting: which kind of statement brings entries without a reference; `camt.053` by default."""


class FileKind(StrEnum):
    NOTIFICATION = "camt.054"
    STATEMENT = "camt.053"
    SWIFT_STATEMENT = "mt940"


@dataclass(frozen=True, slots=True)
class Remitter:
    """Who sent the money, as their bank says. Personal data: sealed at rest, masked wherever it is shown."""

    name: str = ""
    iban: str = ""


NOBODY = Remitter()
"""The bank does not say."""


@dataclass(frozen=True, slots=True)
class IncomingCredit:
    """Money that came in, or (`is_reversal`) money that the bank took back because it had come by mistake.

    `amount` in minor units of `currency` as ISO 4217 has it: fils for BHD. `bank_reference`: the bank's own for this
    entry, empty where it gave none; `part`: the how-manieth (from 1) payment of a batch that was booked as one, 0 for
    an entry that is one payment. `other_references`: every further one that the entry quotes; a reversal may name what
    it takes back by any of them. `ordered_at`: when the payer gave the order, where the bank tells; `booked_at` where
    it tells the instant. `line` counts from 1 in the file.
    """

    line: int
    amount: int
    currency: str
    booked_on: date
    value_date: date
    bank_reference: str
    is_reversal: bool = False
    part: int = 0
    part_count: int = 0
    entry_amount: int = 0
    credited_iban: str = ""
    structured_reference: str = ""
    remittance: str = ""
    remitter: Remitter = NOBODY
    other_references: tuple[str, ...] = ()
    is_nameless: bool = False
    """The bank gave no reference: `bank_reference` is a name of our own."""
    ordered_at: datetime | None = None
    booked_at: datetime | None = None

    @property
    def paid_at(self) -> datetime:
        """The transfer's own time, by which it is judged: when it was ordered, else when it was booked.

        Where the bank tells days alone, the earlier of booking and value day counts from its first minute in Bahrain:
        what a bank does not say never costs the payer a discount.
        """
        day = min(self.booked_on, self.value_date)
        return self.ordered_at or self.booked_at or datetime.combine(day, time(0, 0), BAHRAIN)


@dataclass(frozen=True, slots=True)
class BankFile:
    """One file, read whole. `account_iban` is whom it is about, empty where it does not say; `statement` its own
    number. Ignored entries are counted: `debit_count` for money that left, `pending_count` for what is not booked yet.
    """

    kind: FileKind
    account_iban: str
    credits: tuple[IncomingCredit, ...]
    debit_count: int = 0
    pending_count: int = 0


def named(credits: Iterable[IncomingCredit], statement: str) -> tuple[IncomingCredit, ...]:
    """Credits of a statement, those without a bank's reference named by what they are (`NR` and 30 hexadecimals)."""
    seen: dict[tuple[str, ...], int] = {}
    found = []
    for credit in credits:
        if credit.bank_reference:
            found.append(credit)
            continue
        alike = (
            statement,
            credit.booked_on.isoformat(),
            credit.value_date.isoformat(),
            str(credit.amount),
            credit.currency,
            str(credit.is_reversal),
        )
        seen[alike] = seen.get(alike, 0) + 1
        digest = hashlib.sha256("\x1f".join((*alike, str(seen[alike]))).encode()).hexdigest()
        found.append(replace(credit, bank_reference=f"NR{digest[:30]}", is_nameless=True))
    return tuple(found)
