"""Who calls the platform as a biller: a switch of banks (MFEP), and an operator's machines (signed JSON)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from .errors import ControlError
from .store import Session

KIND = "biller_partner"
PROTOCOLS = ("mfep", "kiosk")


@dataclass(frozen=True, slots=True)
class Partner:
    """`own_key` is the partner's private key (PEM), `biller_key` the platform's public one; `secret` a machine's."""

    name: str
    protocol: str
    biller_code: str = ""
    own_code: str = ""
    secret: str = ""
    own_key: str = ""
    biller_key: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One call that was made, and what came back. `codes` in their order; `is_signed`: the answer's signature is
    good.
    """

    call: str
    status: int | None
    codes: tuple[str, ...]
    is_signed: bool
    bill: dict[str, str] | None
    answer: str


@dataclass(frozen=True, slots=True)
class Payment:
    """What a payer does at the partner's: `amount_fils` for `reference`, at `paid_at` (UTC). `tendered_fils` is what
    went into a machine that gives no change.
    """

    reference: str
    amount_fils: int
    transaction: str
    paid_at: datetime
    tendered_fils: int = 0
    currency: str = "BHD"


def put_partner(session: Session, partner: Partner) -> None:
    session.put_thing(KIND, partner.name, "", asdict(partner))


def find_partner(session: Session, name: str) -> Partner:
    """Raises ControlError 404."""
    document = session.thing(KIND, name)
    if document is None:
        raise ControlError(404, "unknown_partner", name)
    return Partner(**document)
