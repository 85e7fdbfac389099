"""What Tap says: a charge, a list of charges, or errors."""

from datetime import UTC, datetime
from typing import Any

from mizan.adapters.gateways.addresses import is_secure_url
from mizan.adapters.gateways.issuer_codes import DECLINED_TEXT, ISSUER_TEXTS, REFUSED_TEXT
from mizan.adapters.gateways.reading import (
    EARLY_MAX,
    LATE_MAX,
    UnreadableError,
    object_of,
    read_money,
    read_object,
    text_of,
    track_id_of,
    word_of,
)
from mizan.application.ports import (
    InitiationRefused,
    InitiationResult,
    InitiationStarted,
    InquiryOutcome,
    InquiryResult,
)
from mizan.domain.payments import Capture, Decline

OUTCOMES = {
    "CAPTURED": InquiryOutcome.CAPTURED,
    "INITIATED": InquiryOutcome.PENDING,
    "IN_PROGRESS": InquiryOutcome.PENDING,
    "DECLINED": InquiryOutcome.DECLINED,
    "FAILED": InquiryOutcome.DECLINED,
    "RESTRICTED": InquiryOutcome.DECLINED,
    "CANCELLED": InquiryOutcome.CANCELLED,
    "ABANDONED": InquiryOutcome.CANCELLED,
    "VOID": InquiryOutcome.VOIDED,
}
"""`status` in upper case; TIMEDOUT and UNKNOWN are left out on purpose: nobody can say yet."""

UNSTATED_CODE = "unstated"
MILLISECONDS = 1000
_DIGITS_MAX = 15


def read_creation(body: bytes, *, track_id: str) -> InitiationResult:
    """Raises UnreadableError on what is neither a page nor a charge that was refused at once."""
    charge = read_object(body)
    charge_id, url = word_of(charge, "id"), text_of(object_of(charge, "transaction"), "url")
    outcome = _outcome(charge)
    if not charge_id or text_of(object_of(charge, "reference"), "transaction") not in ("", track_id):
        raise UnreadableError("id")
    if outcome is InquiryOutcome.DECLINED:
        return InitiationRefused(_decline(charge))
    if outcome is not InquiryOutcome.PENDING or not is_secure_url(url):
        raise UnreadableError("transaction")
    return InitiationStarted(gateway_payment=charge_id, redirect_url=url)


def read_refusal(body: bytes) -> InitiationRefused:
    """`errors [{code, description}]`: no charge was made. Raises UnreadableError."""
    return InitiationRefused(Decline(error_code(body), *REFUSED_TEXT))


def error_code(body: bytes) -> str:
    """Raises UnreadableError when there is none."""
    errors = read_object(body).get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    code = word_of(first, "code") if isinstance(first, dict) else ""
    if not code:
        raise UnreadableError("errors")
    return code


def read_charge(body: bytes, *, currency: str, captured_near: datetime) -> InquiryResult:
    """Raises UnreadableError."""
    return _result(read_object(body), currency, captured_near)


def read_list(body: bytes, *, track_id: str, currency: str, captured_near: datetime) -> InquiryResult:
    """The charge with our reference. An empty list is "not found"; a list of others proves nothing, for whether Tap
    looks by reference is not verified. Raises UnreadableError.
    """
    charges = read_object(body).get("charges")
    if not isinstance(charges, list):
        raise UnreadableError("charges")
    found = [
        charge
        for charge in charges
        if isinstance(charge, dict) and text_of(object_of(charge, "reference"), "transaction") == track_id
    ]
    if found:
        return _result(found[0], currency, captured_near)
    return InquiryResult(InquiryOutcome.UNKNOWN if charges else InquiryOutcome.NOT_FOUND, track_id)


def _result(charge: dict[str, Any], currency: str, near: datetime) -> InquiryResult:
    track_id, outcome = track_id_of(object_of(charge, "reference"), "transaction"), _outcome(charge)
    if outcome is InquiryOutcome.CAPTURED:
        return InquiryResult(outcome, track_id, capture=_capture(charge, currency, near))
    if outcome is InquiryOutcome.DECLINED:
        return InquiryResult(outcome, track_id, decline=_decline(charge))
    return InquiryResult(outcome, track_id)


def _outcome(charge: dict[str, Any]) -> InquiryOutcome:
    return OUTCOMES.get(word_of(charge, "status").upper(), InquiryOutcome.UNKNOWN)


def _decline(charge: dict[str, Any]) -> Decline:
    """The issuer's code where the acquirer handed it on, else Tap's own."""
    issuers = word_of(object_of(object_of(charge, "acquirer"), "response"), "code")
    code = issuers or word_of(object_of(charge, "response"), "code") or UNSTATED_CODE
    return Decline(code, *ISSUER_TEXTS.get(code, DECLINED_TEXT))


def _capture(charge: dict[str, Any], currency: str, near: datetime) -> Capture:
    charge_id, reference = word_of(charge, "id"), object_of(charge, "reference")
    if not charge_id:
        raise UnreadableError("id")
    amount, found = read_money(text_of(charge, "amount"), text_of(charge, "currency"), currency)
    return Capture(
        amount=amount,
        currency=found,
        transaction=charge_id,
        gateway_payment=charge_id,
        rrn=word_of(reference, "payment"),
        auth_code=word_of(object_of(charge, "transaction"), "authorization_id"),
        captured_at=_instant(text_of(object_of(charge, "transaction"), "created"), near),
    )


def _instant(text: str, near: datetime) -> datetime:
    """Milliseconds since 1970; `near` where it cannot be read or lies far from it: no money is left out for a date."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX):
        return near
    try:
        found = datetime.fromtimestamp(int(text) // MILLISECONDS, UTC)
    except (ValueError, OverflowError, OSError):
        return near
    return found if near - EARLY_MAX <= found <= near + LATE_MAX else near
