"""Orders of the credit card gateway (MPGS): merchants, sessions, orders and their transactions, stored as things.

Magic values: the card's expiry date says what happens; `MAGIC` is the list. Those up to 2049 are the gateway's own test
dates [m], the years 50 and 51 are the sandbox's.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, replace
from typing import Any

from .errors import ControlError
from .store import Session

MERCHANT_KIND, SESSION_KIND, ORDER_KIND = "mpgs_merchant", "mpgs_session", "mpgs_order"
CARDS = ("5123450000000008", "4508750015741019")
"""The published test cards [R]."""

ONE_DINAR_FILS = 1000
OTHER_CURRENCY = "KWD"
APPROVED, DECLINED = "APPROVED", "DECLINED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a card makes of an order. `status` and `result` as on the wire; money is taken where `takes`. `notices` are
    the webhooks, in the order they are sent: own, early (the step before, arriving after), forged (another secret),
    spliced (the right secret, untrue). `unanswered` inquiries get 504 first; the money is `days_ago` old.
    """

    status: str = "CAPTURED"
    result: str = "SUCCESS"
    code: str = APPROVED
    acquirer_code: str = "00"
    takes: bool = True
    notices: tuple[str, ...] = ("own",)
    extra_fils: int = 0
    currency: str = "BHD"
    unanswered: int = 0
    days_ago: int = 0
    voided_after_seconds: int | None = None


def _failed(code: str, acquirer_code: str, status: str = "FAILED") -> Outcome:
    return Outcome(status, "FAILURE", code, acquirer_code, takes=False)


SUCCESS = Outcome()
MAGIC = {
    "01/39": SUCCESS,
    "05/39": _failed(DECLINED, "05"),
    "04/27": _failed("EXPIRED_CARD", "54"),
    "01/37": _failed("ACQUIRER_SYSTEM_ERROR", "96"),
    "08/28": Outcome("INITIATED", "PENDING", "TIMED_OUT", "", takes=False),
    "05/37": Outcome("INITIATED", "UNKNOWN", "UNKNOWN", "", takes=False),
    "01/50": _failed("INSUFFICIENT_FUNDS", "51"),
    "02/50": Outcome(notices=()),
    "03/50": Outcome(notices=("own", "own", "own")),
    "04/50": Outcome(notices=("own", "early")),
    "05/50": Outcome(extra_fils=ONE_DINAR_FILS),
    "06/50": Outcome(currency=OTHER_CURRENCY),
    "07/50": Outcome("PARTIALLY_CAPTURED", extra_fils=-ONE_DINAR_FILS),
    "08/50": _failed("AUTHENTICATION_FAILED", "", "AUTHENTICATION_UNSUCCESSFUL"),
    "09/50": Outcome("INITIATED", "PENDING", "PENDING", "", takes=False, notices=("forged",)),
    "10/50": Outcome("INITIATED", "PENDING", "PENDING", "", takes=False, notices=("spliced",)),
    "11/50": Outcome(unanswered=2),
    "12/50": Outcome(days_ago=3),
    "01/51": Outcome("SETTLED_ELSEWHERE"),
    "02/51": Outcome("DISPUTED"),
    "03/51": Outcome(voided_after_seconds=5),
    "04/51": Outcome("AUTHORIZED", takes=False),
    "05/51": Outcome("CHARGEBACK_PROCESSED"),
    "06/51": Outcome("CAPTURED", "ERROR"),
}


@dataclass(frozen=True, slots=True)
class MpgsMerchant:
    """`is_strict`: without both references, or with one that was used, it is not answered for `hang_seconds`."""

    merchant_id: str
    password: str
    webhook_secret: str
    name: str = ""
    is_strict: bool = True
    hang_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Order:
    """Amounts in fils; instants ISO texts in UTC. `transactions` as dicts of `mpgs_wire.transaction`'s facts."""

    merchant_id: str
    order_id: str
    session_id: str
    success_indicator: str
    amount_fils: int
    reference: str
    return_url: str
    notification_url: str
    created_at: str
    expires_at: str
    status: str = ""
    result: str = "SUCCESS"
    currency: str = "BHD"
    captured_fils: int = 0
    refunded_fils: int = 0
    unanswered: int = 0
    voided_at: str = ""
    transactions: tuple[dict[str, Any], ...] = ()
    deliveries: tuple[dict[str, Any], ...] = ()

    @property
    def name(self) -> str:
        return f"{self.merchant_id}/{self.order_id}"

    @property
    def is_tried(self) -> bool:
        """An order that no card was presented for does not exist for an inquiry [m]."""
        return bool(self.status)

    def with_transaction(self, facts: dict[str, Any], **changes: Any) -> Order:
        return replace(self, transactions=(*self.transactions, facts), **changes)

    def transaction(self, transaction_id: str) -> dict[str, Any] | None:
        return next((facts for facts in self.transactions if facts["id"] == transaction_id), None)


def put_merchant(session: Session, merchant: MpgsMerchant) -> None:
    session.put_thing(MERCHANT_KIND, merchant.merchant_id, "", asdict(merchant))


def merchant(session: Session, merchant_id: str) -> MpgsMerchant | None:
    document = session.thing(MERCHANT_KIND, merchant_id)
    return MpgsMerchant(**document) if document else None


def put(session: Session, order: Order) -> Order:
    session.put_thing(ORDER_KIND, order.name, order.merchant_id, asdict(order))
    session.put_thing(SESSION_KIND, order.session_id, "", {"name": order.name})
    return order


def find(session: Session, merchant_id: str, order_id: str) -> Order | None:
    return _read(session.thing(ORDER_KIND, f"{merchant_id}/{order_id}"))


def by_session(session: Session, session_id: str) -> Order:
    """Raises ControlError 404."""
    pointer = session.thing(SESSION_KIND, session_id)
    order = _read(session.thing(ORDER_KIND, pointer["name"])) if pointer else None
    if order is None:
        raise ControlError(404, "unknown_session", "no such session")
    return order


def orders_of(session: Session, merchant_id: str) -> list[Order]:
    return [order for document in session.things(ORDER_KIND, merchant_id) if (order := _read(document))]


def outcome_of(expiry: str) -> Outcome:
    """By the card's expiry date; any other date is an expired card. Raises ControlError 422 when it is no date."""
    month, _, year = expiry.replace(" ", "").partition("/")
    is_date = len(month) == len(year) == 2 and (month + year).isascii() and (month + year).isdecimal()  # noqa: PLR2004  # MM/YY
    if not is_date:
        raise ControlError(422, "bad_expiry", "expiry is MM/YY")
    return MAGIC.get(f"{month}/{year}", MAGIC["04/27"])


def new_session_id() -> str:
    """As the gateway's look: `SESSION` and digits."""
    return f"SESSION{secrets.randbelow(10**20):020d}{secrets.token_hex(2).upper()}"


def _read(document: dict[str, Any] | None) -> Order | None:
    if document is None:
        return None
    lists = {name: tuple(document[name]) for name in ("transactions", "deliveries")}
    return Order(**document | lists)
