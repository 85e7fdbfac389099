"""The cash operator's side of SADAD's online form (facts: rails 5): bills by JSON, a page for them, status calls.

POST /api/v2/web-ven-sdd/epayment/create/    error-code 0, 102 missing; 101 unknown vendor, 104 bad value: ours [m]
POST /api/v2/web-ven-sdd/epayment/status/    ours [m]: status pending, paid, expired, cancelled, failed, reversed
GET  /sadad/bill?number=…                    the page; a bill lives to the end of the day in Bahrain
The browser goes back by an unsigned POST of ResultCode, ResultMessage, TransactionIdentifier.
"""

from __future__ import annotations

import hmac
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from . import amounts, online
from .errors import ControlError
from .gateway_routes import away, lost
from .http import Inbound, Reply, json_reply
from .messages import BAHRAIN
from .online import OnlinePayment, Outcome
from .scenarios import Script
from .store import Session
from .urls import may_be_called
from .world import World

VENDOR_KIND = "sadad_vendor"
PAGE_PATH = "/sadad/bill"
NEEDED = (
    "api-key",
    "vendor-id",
    "branch-id",
    "terminal-id",
    "customer-name",
    "amount",
    "date",
    "external-reference",
    "notification-mode",
    "success-url",
    "error-url",
)
NEEDED_BY_MODE = {"100": "msisdn", "200": "email", "300": "success-url"}
OK, UNKNOWN_VENDOR, MISSING, NOT_FOUND, BAD_VALUE = 0, 101, 102, 103, 104
ERRORS = {
    OK: "Success",
    UNKNOWN_VENDOR: "Unknown vendor",
    MISSING: "Missing field",
    NOT_FOUND: "Not found",
    BAD_VALUE: "Bad value",
}
UNANSWERED = Script("timeout", "inquiry")
STATUS_WORDS = (online.PENDING, online.PAID, online.EXPIRED, online.CANCELLED, online.REVERSED)


@dataclass(frozen=True, slots=True)
class SadadVendor:
    vendor_id: str
    api_key: str
    branch_id: str
    terminal_id: str
    name: str = ""


def put_vendor(session: Session, vendor: SadadVendor) -> None:
    session.put_thing(VENDOR_KIND, vendor.vendor_id, "", asdict(vendor))


def create(world: World, request: Inbound) -> Reply:
    """POST …/epayment/create/"""
    fields = _texts(request)
    if fields is None or any(not fields.get(name) for name in _needed(fields)):
        return _answer(MISSING)
    with world.store.write() as session:
        reply, unanswered = _created(world, session, fields)
    return lost(world, unanswered.lost_answer()) if unanswered else reply


def status(world: World, request: Inbound) -> Reply:
    """POST …/epayment/status/ by the operator's reference, else the vendor's own."""
    fields = _texts(request)
    if fields is None:
        return _answer(MISSING)
    with world.store.write() as session:
        vendor = _vendor(session, fields)
        if vendor is None:
            return _answer(UNKNOWN_VENDOR)
        reference = fields.get("external-reference", "")
        if session.take_script("inquiry", terminal_id=vendor.vendor_id, track_id=reference) is not None:
            return away()
        number = fields.get("transaction-reference", "")
        payment = (
            online.by_number(session, number)
            if number
            else online.find(session, online.SADAD, vendor.vendor_id, reference)
        )
        if payment is None or payment.merchant_id != vendor.vendor_id:
            return _answer(NOT_FOUND)
        is_answered = online.answers_now(session, payment)
    return _answer(OK, **_view(payment, world.now())) if is_answered else lost(world, UNANSWERED.lost_answer())


def pay(world: World, payment: OnlinePayment, outcome: Outcome) -> OnlinePayment:
    """Nobody is told: the browser goes back, and the vendor asks."""
    with world.store.write() as session:
        return online.put(session, online.decided(payment, outcome, world.now()))


def return_fields(payment: OnlinePayment) -> dict[str, str]:
    """What the browser brings back: anyone could."""
    is_paid = payment.state == online.PAID
    return {
        "ResultCode": "0" if is_paid else "1",
        "ResultMessage": "Success" if is_paid else "Failed",
        "TransactionIdentifier": payment.number,
    }


def _needed(fields: dict[str, str]) -> tuple[str, ...]:
    return (*NEEDED, NEEDED_BY_MODE.get(fields.get("notification-mode", ""), "amount"))


def _created(world: World, session: Session, fields: dict[str, str]) -> tuple[Reply, Script | None]:
    """The answer, and the script that keeps it from the caller."""
    vendor = _vendor(session, fields)
    if vendor is None:
        return _answer(UNKNOWN_VENDOR), None
    script = session.take_script("initiate", terminal_id=vendor.vendor_id, track_id=fields["external-reference"])
    if script is not None and script.outcome == "timeout":
        return _answer(OK), script
    if script is not None and script.outcome == "refuse":
        return _answer(BAD_VALUE), None
    payment = _bill(world, session, vendor, fields)
    if payment is None:
        return _answer(BAD_VALUE), None
    if script is not None:  # timeout_then_success: the bill is there, and paid, and nobody was told
        online.put(session, online.decided(payment, online.SUCCESS, world.now()))
        return _answer(OK), script
    url = f"{world.settings.public_url}{PAGE_PATH}?number={payment.number}"
    details = {"transaction-reference": payment.number, "payment-url": url, "status": online.PENDING}
    return _answer(OK, **details), None


def _bill(world: World, session: Session, vendor: SadadVendor, fields: dict[str, str]) -> OnlinePayment | None:
    """None where a value does not fit, or the reference was used before."""
    urls = (fields["success-url"], fields["error-url"])
    try:
        fils = amounts.to_fils(fields["amount"])
        datetime.strptime(fields["date"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007  # its form alone is checked
    except ValueError:
        return None
    is_known = online.find(session, online.SADAD, vendor.vendor_id, fields["external-reference"]) is not None
    if is_known or fils == 0 or not all(may_be_called(u, loopback_only=world.settings.loopback_only) for u in urls):
        return None
    now = world.now()
    midnight = datetime.combine(now.astimezone(BAHRAIN).date() + timedelta(days=1), time(0, 0), BAHRAIN)
    made = OnlinePayment(
        rail=online.SADAD,
        number=online.new_number(),
        merchant_id=vendor.vendor_id,
        reference=fields["external-reference"],
        amount_fils=fils,
        success_url=urls[0],
        error_url=urls[1],
        created_at=now.isoformat(),
        expires_at=midnight.astimezone(UTC).isoformat(),
    )
    return online.put(session, made)


def _vendor(session: Session, fields: dict[str, str]) -> SadadVendor | None:
    """By id, key, branch and terminal together."""
    document = session.thing(VENDOR_KIND, fields.get("vendor-id", ""))
    if document is None:
        return None
    vendor = SadadVendor(**document)
    has_key = hmac.compare_digest(vendor.api_key.encode(), fields.get("api-key", "").encode())
    is_there = (vendor.branch_id, vendor.terminal_id) == (fields.get("branch-id"), fields.get("terminal-id"))
    return vendor if has_key and is_there else None


def _texts(request: Inbound) -> dict[str, str] | None:
    try:
        document = request.json_object()
    except ControlError:
        return None
    return {name: value for name, value in document.items() if isinstance(value, str)}


def _view(payment: OnlinePayment, now: datetime) -> dict[str, Any]:
    state = payment.state_at(now)
    view = {
        "transaction-reference": payment.number,
        "external-reference": payment.reference,
        "status": state if state in STATUS_WORDS else "failed",
        "amount": amounts.three_decimals(payment.paid_fils or payment.amount_fils),
        "currency": payment.currency,
    }
    if payment.paid_at:
        paid_at = datetime.fromisoformat(payment.paid_at).astimezone(BAHRAIN)
        view |= {"payment-date": f"{paid_at:%Y-%m-%d %H:%M:%S}", "receipt-number": payment.auth_code}
    return view


def _answer(code: int, **fields: Any) -> Reply:
    return json_reply(fields | {"error-code": code, "error-message": ERRORS[code]})
