"""Payment initiation: `POST /payment/API/hosted.htm`. Nothing is reserved or charged here, unless a script says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from . import crypto, messages
from .errors import GatewayRefusalError
from .records import Merchant
from .refunds import find_refund
from .scenarios import SUCCESS
from .settling import decide, settle
from .store import Session
from .transactions import Transaction
from .urls import may_be_called, strip_query
from .world import World, new_payment_id

PAGE_PATH = "/payment/paymentpage.htm"


def initiate(world: World, body: bytes) -> dict[str, str]:
    """The first answer to a purchase. Raises GatewayRefusalError, or AnswerLostError when scripted."""
    with world.store.write() as session:
        merchant, fields = open_request(session, body)
        transaction = _new_transaction(world, session, merchant, fields)
        script = session.take_script("initiate", terminal_id=merchant.terminal_id, track_id=transaction.track_id)
        if script is None:
            _store_new(session, transaction)
            page = f"{world.settings.public_url}{PAGE_PATH}"
            return messages.initiated(transaction.payment_id, page, documented_form=merchant.documented_result)
        if script.outcome == "timeout_then_success":
            _store_new(session, transaction)
            settle(session, merchant, transaction, decide(transaction, SUCCESS, "00", ""), world.now())
    if script.outcome == "refuse":
        raise GatewayRefusalError(script.code, "scripted")
    raise script.lost_answer()


def open_request(session: Session, body: bytes) -> tuple[Merchant, dict[str, Any]]:
    """The terminal that speaks and its decrypted fields. Raises GatewayRefusalError as the gateway would."""
    envelope = messages.read_envelope(body)
    merchant = session.merchant(envelope.terminal_id)
    if merchant is None:
        raise GatewayRefusalError("IPAY0100006")
    if not merchant.enabled:
        raise GatewayRefusalError("IPAY0100008")
    plaintext = crypto.decrypt(merchant.resource_key, envelope.trandata, strict_encoding=merchant.strict_encoding)
    fields = messages.array_of_one(plaintext)
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
