"""A payment of the wallet, or a bill of the cash operator: what is known of it, and what a payer's number makes of it.

Magic values: the last two digits of the number that the payer types say what happens; `MAGIC` is the list.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from .errors import ControlError
from .store import Session
from .world import new_auth_code

KIND, NUMBER_KIND = "online", "online_number"
WALLET, SADAD = "wallet", "sadad"
PENDING, PAID, CANCELLED, EXPIRED, REVERSED = "pending", "paid", "cancelled", "expired", "reversed"
ONE_DINAR_FILS = 1000
OTHER_CURRENCY = "KWD"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a payment. `state` is PENDING, PAID, CANCELLED, or a decline's code; `unanswered` status calls
    get 504 first; the money is `days_ago` old; `claims` are the notices: own (true), failed (a stale one), forged
    (another secret's), spliced (right secret, untrue).
    """

    state: str
    claims: tuple[str, ...] = ("own",)
    unanswered: int = 0
    extra_fils: int = 0
    currency: str = "BHD"
    days_ago: int = 0
    reversed_after_seconds: int | None = None


SUCCESS = Outcome(PAID)
MAGIC = {
    "00": SUCCESS,
    "01": Outcome(CANCELLED),
    "02": Outcome(PAID, claims=(), unanswered=2),
    "03": Outcome(PENDING),
    "04": Outcome(PAID, claims=()),
    "05": Outcome(PAID, claims=("own", "own", "own")),
    "06": Outcome(PAID, extra_fils=ONE_DINAR_FILS),
    "07": Outcome(PAID, currency=OTHER_CURRENCY),
    "08": Outcome(PENDING, claims=("forged",)),
    "09": Outcome(PENDING, claims=("spliced",)),
    "10": Outcome(PAID, claims=("own", "failed")),
    "11": Outcome(PAID, days_ago=3),
    "12": Outcome(PAID, reversed_after_seconds=5),
} | {code: Outcome(code) for code in ("14", "51", "55", "61", "65", "91")}


@dataclass(frozen=True, slots=True)
class OnlinePayment:
    """`reference` is the merchant's, `number` ours; amounts in fils, instants ISO texts in UTC. `state` as in Outcome,
    or REVERSED from `reversed_at` on. `expires_at` empty: never.
    """

    rail: str
    number: str
    merchant_id: str
    reference: str
    amount_fils: int
    success_url: str
    error_url: str
    created_at: str
    expires_at: str = ""
    state: str = PENDING
    paid_fils: int = 0
    currency: str = "BHD"
    paid_at: str = ""
    auth_code: str = ""
    unanswered: int = 0
    reversed_at: str = ""
    deliveries: tuple[dict[str, Any], ...] = ()

    @property
    def name(self) -> str:
        return f"{self.rail}/{self.merchant_id}/{self.reference}"

    def state_at(self, now: datetime) -> str:
        if self.state == PAID and self.reversed_at and now >= datetime.fromisoformat(self.reversed_at):
            return REVERSED
        if self.state == PENDING and self.expires_at and now >= datetime.fromisoformat(self.expires_at):
            return EXPIRED
        return self.state


def new_number() -> str:
    """15 digits, ours."""
    return f"{secrets.randbelow(10**15):015d}"


def put(session: Session, payment: OnlinePayment) -> OnlinePayment:
    session.put_thing(KIND, payment.name, payment.merchant_id, asdict(payment))
    session.put_thing(NUMBER_KIND, payment.number, "", {"name": payment.name})
    return payment


def find(session: Session, rail: str, merchant_id: str, reference: str) -> OnlinePayment | None:
    return _read(session.thing(KIND, f"{rail}/{merchant_id}/{reference}"))


def by_number(session: Session, number: str) -> OnlinePayment | None:
    pointer = session.thing(NUMBER_KIND, number)
    return _read(session.thing(KIND, pointer["name"])) if pointer else None


def by_reference(session: Session, rail: str, reference: str) -> OnlinePayment:
    """Whosever it is; references are drawn, so there is one. Raises ControlError 404."""
    found = [d for d in session.things(KIND) if (d["rail"], d["reference"]) == (rail, reference)]
    payment = _read(found[-1]) if found else None
    if payment is None:
        raise ControlError(404, "unknown_payment", "no such payment")
    return payment


def outcome_of(payer: str) -> Outcome:
    """By the last two digits; any other number succeeds. Raises ControlError 422 when it is no number of 8 digits."""
    if not (payer.isascii() and payer.isdecimal() and len(payer) == len("33000000")):
        raise ControlError(422, "bad_payer", "payer is a number of 8 digits")
    return MAGIC.get(payer[-2:], SUCCESS)


def decided(payment: OnlinePayment, outcome: Outcome, now: datetime) -> OnlinePayment:
    """The payment as `outcome` makes it. Late money is taken too. Raises ControlError 409 where it was decided."""
    if payment.state != PENDING:
        raise ControlError(409, "already_decided", f"the payment is {payment.state}")
    after = replace(payment, state=outcome.state, unanswered=outcome.unanswered)
    if outcome.state != PAID:
        return after
    seconds = outcome.reversed_after_seconds
    return replace(
        after,
        paid_fils=payment.amount_fils + outcome.extra_fils,
        currency=outcome.currency,
        paid_at=(now - timedelta(days=outcome.days_ago)).isoformat(),
        auth_code=new_auth_code(),
        reversed_at="" if seconds is None else (now + timedelta(seconds=seconds)).isoformat(),
    )


def answers_now(session: Session, payment: OnlinePayment) -> bool:
    """Whether a status call is answered; one that is not uses up a turn of `unanswered`."""
    if payment.unanswered <= 0:
        return True
    put(session, replace(payment, unanswered=payment.unanswered - 1))
    return False


def _read(document: dict[str, Any] | None) -> OnlinePayment | None:
    return OnlinePayment(**document | {"deliveries": tuple(document["deliveries"])}) if document else None
