"""Transfers into an account at the sandbox's bank: what a payer's bank sends, and what becomes of it.

A transfer goes to the account itself or to a virtual one of it. By `scenario`:

    success           as ordered
    no_reference      to the account itself, and the payer writes nothing that names a bill
    wrong_digit       to the account itself, one digit of every number that the payer wrote is wrong
    wrong_amount      100 fils less than ordered
    overpaid          100 fils more than ordered
    reversed          credited, and taken back by the bank as a mistake: an entry with the reversal indicator
    late              booked and valued `days` days ago (default 3)
    foreign_currency  in US dollars
    no_bank_reference the bank gives the entry no reference of its own
    batched           booked as one entry with a second payment of BHD 1.000 from the same payer
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

from .store import Session
from .world import new_tran_id

KIND = "transfer"
SCENARIOS = (
    "success", "no_reference", "wrong_digit", "wrong_amount", "overpaid", "reversed", "late", "foreign_currency",
    "no_bank_reference", "batched",
)  # fmt: skip
BAHRAIN = timezone(timedelta(hours=3))
LITTLE = 100
"""Fils by which an amount is wrong."""

LATE_DAYS = 3
SECOND_PAYMENT = 1000


@dataclass(frozen=True, slots=True)
class Transfer:
    """`amount` in minor units of `currency`. `is_reversal`: the bank takes back what `bank_reference` brought."""

    account: str
    bank_reference: str
    virtual_iban: str
    amount: int
    currency: str
    remittance: str
    structured_reference: str
    remitter_name: str
    remitter_iban: str
    booked_at: str
    value_date: str
    is_reversal: bool = False
    batch_amount: int = 0
    """What else the same entry brought; 0: it is one payment."""

    @property
    def booked_on(self) -> date:
        return datetime.fromisoformat(self.booked_at).astimezone(BAHRAIN).date()

    @property
    def entry_amount(self) -> int:
        return self.amount + self.batch_amount


def order(session: Session, transfer: Transfer, scenario: str, days: int, now: datetime) -> list[Transfer]:
    """Send it, as the scenario has it: what is booked, in order."""
    reference = "" if scenario == "no_bank_reference" else session.unused("tran_id", new_tran_id, now)
    sent = _sent(replace(transfer, bank_reference=reference), scenario)
    if scenario == "late":
        then = now - timedelta(days=days)
        sent = replace(sent, booked_at=then.isoformat(), value_date=then.astimezone(BAHRAIN).date().isoformat())
    booked = [sent, replace(sent, is_reversal=True)] if scenario == "reversed" else [sent]
    for one in booked:
        number = len(session.things(KIND)) + 1
        session.put_thing(KIND, f"{number:09d}", one.account, asdict(one))
    return booked


def transfers_of(session: Session, account: str) -> list[Transfer]:
    """Oldest first."""
    return [Transfer(**document) for document in session.things(KIND, account)]


def view(transfer: Transfer) -> dict[str, Any]:
    return asdict(transfer)


def _sent(transfer: Transfer, scenario: str) -> Transfer:
    changes: dict[str, dict[str, Any]] = {
        "no_reference": {"virtual_iban": "", "structured_reference": "", "remittance": "for the family, thank you"},
        "wrong_digit": {
            "virtual_iban": "",
            "structured_reference": "",
            "remittance": _with_wrong_digit(transfer.remittance),
        },
        "wrong_amount": {"amount": transfer.amount - LITTLE},
        "overpaid": {"amount": transfer.amount + LITTLE},
        "foreign_currency": {"currency": "USD"},
        "batched": {"batch_amount": SECOND_PAYMENT},
    }
    return replace(transfer, **changes.get(scenario, {}))


def _with_wrong_digit(text: str) -> str:
    """The fifth digit of the text is one more."""
    positions = [at for at, character in enumerate(text) if character.isdigit()]
    if len(positions) < 5:  # noqa: PLR2004  # the fifth
        return text
    at = positions[4]
    return f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}"
