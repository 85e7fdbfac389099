"""Payment initiation: `POST /payment/API/hosted.htm`, KNET's page, and what all wires share of it.

Nothing is reserved or charged here, unless a script says so.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from . import messages
from .errors import GatewayRefusalError
from .records import BENEFIT, KNET, Merchant
from .refunds import find_refund
from .scenarios import Script
from .sealing import open_sealed
from .settling import decide, settle
from .store import Session
from .transactions import Transaction
from .urls import may_be_called, strip_query
from .world import World, new_payment_id

PAGE_PATH = "/payment/paymentpage.htm"
SUCCESS_UNTOLD = Script("timeout_then_success", "pay")


def initiate(world: World, body: bytes) -> dict[str, str]:
    """The first answer to a purchase. Raises GatewayRefusalError, or AnswerLostError when scripted."""
    with world.store.write() as session:
        merchant, fields = open_request(session, body)
        transaction = _new_transaction(world, session, merchant, fields)
        problem = begin(session, merchant, transaction, world.now())
    if problem is not None:
        raise problem
    page = f"{world.settings.public_url}{PAGE_PATH}"
    return messages.initiated(transaction.payment_id, page, documented_form=merchant.documented_result)


def open_knet_page(world: World, terminal_id: str, trandata: str) -> str:
    """The payment that the address asks for; opened again, the same. Raises as `initiate` does."""
    with world.store.write() as session:
        merchant, fields = _opened(session, messages.Envelope(terminal_id, trandata))
        known = session.transaction_by(merchant.terminal_id, "track_id", messages.read_track_id(fields))
        if known is not None:
            return known.payment_id
        transaction = _new_transaction(world, session, merchant, fields)
        problem = begin(session, merchant, transaction, world.now())
    if problem is not None:
        raise problem
    return transaction.payment_id


def begin(session: Session, merchant: Merchant, transaction: Transaction, now: datetime) -> Exception | None:
    """Keep a new payment, or do what a script says instead: the exception to raise once that is kept.

    Raises GatewayRefusalError on a track id that was used.
    """
    script = session.take_script("initiate", terminal_id=merchant.terminal_id, track_id=transaction.track_id)
    if script is None:
        _store_new(session, transaction)
        return None
    if script.outcome == "refuse":
        return GatewayRefusalError(script.code, "scripted")
    if script.outcome == "timeout_then_success":
        _store_new(session, transaction)
        settle(session, merchant, transaction, decide(transaction, SUCCESS_UNTOLD, "00", ""), now)
    return script.lost_answer()


def open_request(session: Session, body: bytes) -> tuple[Merchant, dict[str, Any]]:
    """The terminal that speaks and its decrypted fields. Raises GatewayRefusalError as the gateway would."""
    return _opened(session, messages.read_envelope(body))


def _opened(session: Session, envelope: messages.Envelope) -> tuple[Merchant, dict[str, Any]]:
    merchant = session.merchant(envelope.terminal_id)
    if merchant is None or merchant.wire not in (BENEFIT, KNET):
        raise GatewayRefusalError("IPAY0100006")
    if not merchant.enabled:
        raise GatewayRefusalError("IPAY0100008")
    fields = open_sealed(merchant, envelope.trandata)
    if messages.text_field(fields, "id") != merchant.terminal_id:
        raise GatewayRefusalError("IPAY0100006")
    if messages.text_field(fields, "password") != merchant.password:
        raise GatewayRefusalError("IPAY0100015")
    return merchant, fields


def _new_transaction(world: World, session: Session, merchant: Merchant, fields: dict[str, Any]) -> Transaction:
    if messages.text_field(fields, "action") != messages.PURCHASE:
        raise GatewayRefusalError("IPAY0100124", "action is not a purchase")
    if messages.text_field(fields, "currencycode") != messages.BHD_NUMERIC:
        raise GatewayRefusalError("IPAY0100022")
    urls = [messages.text_field(fields, name) for name in ("responseURL", "errorURL")]
    if not all(may_be_called(url, loopback_only=world.settings.loopback_only) for url in urls):
        raise GatewayRefusalError("IPAY0100124", "responseURL or errorURL")
    now = world.now()
    return Transaction(
        payment_id=session.unused("payment_id", new_payment_id, now),
        terminal_id=merchant.terminal_id,
        track_id=messages.read_track_id(fields),
        amount_fils=messages.read_amount(fields),
        response_url=strip_query(urls[0]),
        error_url=strip_query(urls[1]),
        udf=tuple(messages.text_field(fields, name) for name in messages.UDF_NAMES),
        created_at=now,
        expires_at=now + timedelta(seconds=world.settings.page_lifetime_seconds),
    )


def refuse_used_track_id(session: Session, terminal_id: str, track_id: str) -> None:
    """Purchases and refunds of a terminal share their numbers. Raises GatewayRefusalError IPAY0100124."""
    is_purchase = session.transaction_by(terminal_id, "track_id", track_id) is not None
    if is_purchase or find_refund(session, terminal_id, track_id) is not None:
        raise GatewayRefusalError("IPAY0100124", "trackId was used before")


def _store_new(session: Session, transaction: Transaction) -> None:
    """A track id is used once; a second payment under it is refused and leaves the first alone."""
    refuse_used_track_id(session, transaction.terminal_id, transaction.track_id)
    session.put_transaction(transaction)
