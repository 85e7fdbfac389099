"""What MPGS says: a session, an order with its transactions, one transaction, or an error."""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from mizan.adapters.gateways.addresses import is_secure_url
from mizan.adapters.gateways.mpgs import codes, messages
from mizan.adapters.gateways.reading import (
    UnreadableError,
    is_track_id,
    local_instant,
    object_of,
    read_object,
    text_of,
    track_id_of,
    word_of,
)
from mizan.application.ports import InitiationStarted, InquiryOutcome, InquiryResult
from mizan.domain.accounts import MerchantAccount
from mizan.domain.money import AMOUNT_MAX, CURRENCY_EXPONENTS
from mizan.domain.payments import Capture, Decline

NUMBER_LENGTH_MAX = 32
TAKING_TYPES = frozenset({"PAYMENT", "CAPTURE"})
REFUND_TYPE = "REFUND"
TRACK_DIGITS = 24
_SESSION = re.compile(r"[A-Za-z0-9_-]{4,64}")
_CURRENCY = re.compile(r"[A-Z]{3}")


class MpgsRefusedError(ValueError):
    """MPGS answered with `result: ERROR`; `cause` and `explanation` are its own."""

    def __init__(self, cause: str, explanation: str) -> None:
        super().__init__(cause)
        self.cause, self.explanation = cause, explanation

    @property
    def is_not_found(self) -> bool:
        """How an order or transaction that MPGS does not know is spoken of [m]."""
        return self.cause == "INVALID_REQUEST" and self.explanation.lower().startswith("unable to find")


def open_answer(body: bytes) -> dict[str, Any]:
    """Raises UnreadableError, or MpgsRefusedError on an error in place of an answer."""
    fields = read_object(body)
    if text_of(fields, "result") == codes.ERROR:
        error = object_of(fields, "error")
        raise MpgsRefusedError(word_of(error, "cause"), word_of(error, "explanation"))
    return fields


def read_session(body: bytes, account: MerchantAccount) -> InitiationStarted:
    """`successIndicator` is not kept: it would only be a hint, and nothing here is settled on hints.

    Raises UnreadableError or MpgsRefusedError.
    """
    fields = open_answer(body)
    session_id = text_of(object_of(fields, "session"), "id")
    if text_of(fields, "result") != codes.SUCCESS or _SESSION.fullmatch(session_id) is None:
        raise UnreadableError("session")
    url = messages.page_url(account, session_id)
    if not is_secure_url(url):
        raise UnreadableError("the page's address")
    return InitiationStarted(gateway_payment=session_id, redirect_url=url)


def read_order(body: bytes, *, captured_near: datetime) -> InquiryResult:
    """Raises UnreadableError or MpgsRefusedError."""
    order = open_answer(body)
    track_id = track_id_of(order, "id")
    outcome = codes.outcome_of(text_of(order, "status"), text_of(order, "result"))
    if outcome is InquiryOutcome.UNKNOWN and is_refunded_by_us(order):
        outcome = InquiryOutcome.CAPTURED
    if outcome is InquiryOutcome.CAPTURED:
        return InquiryResult(outcome, track_id, capture=_capture(order, track_id, captured_near))
    if outcome is InquiryOutcome.DECLINED:
        return InquiryResult(outcome, track_id, decline=_decline(order))
    return InquiryResult(outcome, track_id)


def is_refunded_by_us(order: dict[str, Any]) -> bool:
    """Whether every refund of a refunded order goes by a track id of ours. We refund only what is booked, so it was
    captured as far as the platform is concerned; a refund made at the gateway's own desk has another id.
    """
    if text_of(order, "status") not in codes.REFUNDED_STATUSES or text_of(order, "result") != codes.SUCCESS:
        return False
    refunds = [text_of(t, "id") for t in map(_inner, transactions_of(order)) if text_of(t, "type") == REFUND_TYPE]
    return bool(refunds) and all(is_track_id(found) and len(found) == TRACK_DIGITS for found in refunds)


def transactions_of(order: dict[str, Any]) -> list[dict[str, Any]]:
    found = order.get("transaction")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def read_fils(text: str, currency: str) -> int:
    """A JSON number (or a text) in minor units, by way of Decimal: 130.0, 1.3E+2 and "130.000" are 130000 fils.

    A currency that the platform does not take is read in thousandths: it is real money for people to look at.
    Raises UnreadableError on what is no amount, is negative, too large, or finer than the currency.
    """
    try:
        number = Decimal(text) if 0 < len(text) <= NUMBER_LENGTH_MAX else Decimal("NaN")
    except InvalidOperation as error:
        raise UnreadableError("amount") from error
    exponent = CURRENCY_EXPONENTS.get(currency, 3)
    if not number.is_finite() or number.is_signed() or abs(number.adjusted()) > NUMBER_LENGTH_MAX:
        raise UnreadableError("amount")
    fils = number.scaleb(exponent)
    if fils != fils.to_integral_value() or fils > AMOUNT_MAX:
        raise UnreadableError("amount")
    return int(fils)


def currency_of(fields: dict[str, Any]) -> str:
    """Raises UnreadableError when none is named: MPGS always does."""
    found = text_of(fields, "currency").upper()
    if _CURRENCY.fullmatch(found) is None:
        raise UnreadableError("currency")
    return found


def gateway_code(transaction: dict[str, Any]) -> str:
    return word_of(object_of(transaction, "response"), "gatewayCode")


def _inner(transaction: dict[str, Any]) -> dict[str, Any]:
    """A transaction's own fields lie one level down, beside its response."""
    return object_of(transaction, "transaction")


def _capture(order: dict[str, Any], track_id: str, near: datetime) -> Capture:
    """`totalCapturedAmount`, whatever was asked; numbers of the first transaction that took money.

    Raises UnreadableError where the order says captured and no transaction took anything.
    """
    taking = next(
        (
            one
            for one in transactions_of(order)
            if text_of(one, "result") == codes.SUCCESS and text_of(_inner(one), "type") in TAKING_TYPES
        ),
        None,
    )
    transaction_id = word_of(_inner(taking), "id") if taking else ""
    if taking is None or not transaction_id:
        raise UnreadableError("transaction")
    found = currency_of(order)
    return Capture(
        amount=read_fils(text_of(order, "totalCapturedAmount"), found),
        currency=found,
        transaction=f"{track_id}/{transaction_id}",
        gateway_payment=track_id,
        rrn=word_of(_inner(taking), "receipt"),
        auth_code=word_of(_inner(taking), "authorizationCode"),
        captured_at=local_instant(text_of(taking, "timeOfRecord"), near),
    )


def _decline(order: dict[str, Any]) -> Decline:
    """The last transaction's code: a payer may try several cards under one order."""
    tried = transactions_of(order)
    return codes.decline_of(gateway_code(tried[-1]) if tried else "")
