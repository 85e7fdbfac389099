"""The payout bank's inside: clients, transfers out, and whether a name is the holder's.

A transfer is PENDING, SETTLED (credited), REJECTED (never left) or RETURNED (credited and sent back by the payee's
bank, which may happen days later). All of it is this sandbox's own neutral form: no bank's interface is public.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from .errors import BankRefusalError
from .records import BankClient
from .scenarios import Script
from .store import Session
from .world import new_tran_id

KIND, CLIENT_KIND = "payout", "bank_client"
PAYOUT_TIMER = "payout"
SUCCESS = Script("payout_success", "payout")


class PayoutState(StrEnum):
    PENDING = "pending"
    SETTLED = "settled"
    REJECTED = "rejected"
    RETURNED = "returned"


NAME_CHECKS = {"0001": "close_match", "0002": "no_match", "0003": "unavailable"}
"""By the last four characters of the IBAN; any other account is the named person's."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a client asks to be paid; `amount_fils` of BHD."""

    payout_id: str
    iban: str
    name: str
    amount_fils: int
    remittance: str


@dataclass(frozen=True, slots=True)
class Payout:
    """An order and what became of it: `reason` a code of `RETURN_REASONS` where it fails, `next_state` what follows."""

    order: Order
    client_id: str
    transaction: str
    created_at: datetime
    state: PayoutState
    reason: str = ""
    next_state: str = ""
    settled_at: datetime | None = None

    @property
    def name(self) -> str:
        return f"{self.client_id}/{self.order.payout_id}"

    def to_document(self) -> dict[str, Any]:
        document = asdict(self)
        for name in ("created_at", "settled_at"):
            document[name] = document[name].isoformat() if document[name] else None
        return document

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Payout:
        values = dict(document)
        for name in ("created_at", "settled_at"):
            values[name] = datetime.fromisoformat(values[name]) if values[name] else None
        return cls(**values | {"order": Order(**values["order"]), "state": PayoutState(values["state"])})


def put_client(session: Session, client: BankClient) -> None:
    session.put_thing(CLIENT_KIND, client.client_id, "", asdict(client))


def find_client(session: Session, client_id: str) -> BankClient | None:
    document = session.thing(CLIENT_KIND, client_id)
    return BankClient(**document) if document else None


def find_payout(session: Session, client_id: str, payout_id: str) -> Payout | None:
    """The client's own; another's is not there."""
    document = session.thing(KIND, f"{client_id}/{payout_id}")
    return Payout.from_document(document) if document else None


def payouts(session: Session) -> list[Payout]:
    """Oldest first."""
    return [Payout.from_document(document) for document in session.things(KIND)]


def check_name(iban: str) -> str:
    """The wire's word: match, close_match, no_match or unavailable."""
    return NAME_CHECKS.get(iban[-4:], "match")


def pay(session: Session, client: BankClient, order: Order, now: datetime) -> tuple[Payout, Script | None]:
    """The transfer, and the script when it keeps the answer from the caller. Once per payout id.

    Raises BankRefusalError 409 when the id came before with another order. None as a script: answer.
    """
    known = find_payout(session, client.client_id, order.payout_id)
    if known is not None:
        if known.order != order:
            raise BankRefusalError(409, "payout_id_reused", "this payout id came before with another order")
        return known, None
    script = session.take_script("payout", terminal_id=client.client_id, track_id=order.payout_id) or SUCCESS
    payout = _made(session, client, order, script, now)
    if script.outcome == "payout_timeout":
        return payout, script
    session.put_thing(KIND, payout.name, client.client_id, payout.to_document())
    if payout.next_state:
        session.add_timer(now + timedelta(seconds=script.delay_seconds), PAYOUT_TIMER, payout.name)
    return payout, script if script.outcome == "payout_timeout_then_success" else None


def finish_when_due(session: Session, name: str, at: datetime) -> None:
    """A pending transfer is decided, or a credited one comes back."""
    document = session.thing(KIND, name)
    if document is None:
        return
    payout = Payout.from_document(document)
    state = PayoutState(payout.next_state)
    settled_at = at if state is PayoutState.SETTLED else payout.settled_at
    decided = replace(payout, state=state, next_state="", settled_at=settled_at)
    session.put_thing(KIND, name, payout.client_id, decided.to_document())


def _made(session: Session, client: BankClient, order: Order, script: Script, now: datetime) -> Payout:
    first, following = {
        "payout_pending": (PayoutState.PENDING, PayoutState.REJECTED if script.code else PayoutState.SETTLED),
        "payout_rejected": (PayoutState.REJECTED, ""),
        "payout_returned": (PayoutState.SETTLED, PayoutState.RETURNED),
    }.get(script.outcome, (PayoutState.SETTLED, ""))
    return Payout(
        order=order,
        client_id=client.client_id,
        transaction=session.unused("tran_id", new_tran_id, now),
        created_at=now,
        state=first,
        reason=script.code,
        next_state=str(following),
        settled_at=now if first is PayoutState.SETTLED else None,
    )
