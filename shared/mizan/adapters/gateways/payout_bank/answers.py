"""How the payout bank's answers are read: anything but the exact form is unreadable, never guessed at."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from mizan.adapters.gateways.payout_bank import codes
from mizan.application.ports_refunds import NameMatch, RefundOutcome, RefundResult
from mizan.domain.money import CURRENCY_EXPONENTS, parse_amount

_PAYOUT_ID = re.compile(r"[0-9]{24}")
TRANSACTION_LENGTH_MAX = 64


class UnreadableError(ValueError):
    """The bytes are not the answer they should be."""


def read_payout(body: bytes, *, amount: int | None = None, currency: str = "") -> RefundResult:
    """A payout as the bank sees it; where `amount` (fils) and `currency` are given and differ, UNKNOWN: a case for
    people. Raises UnreadableError.
    """
    fields = read_object(body)
    payout_id, transaction = _text(fields, "payout_id"), _text(fields, "transaction")
    if not _PAYOUT_ID.fullmatch(payout_id) or len(transaction) > TRANSACTION_LENGTH_MAX:
        raise UnreadableError("payout_id or transaction")
    outcome = codes.OUTCOMES.get(_text(fields, "status"), RefundOutcome.UNKNOWN)
    is_other = _amount(fields) != (amount, currency) if amount is not None else False
    if outcome is RefundOutcome.FAILED:
        return RefundResult(outcome, payout_id, transaction, decline=codes.reason_of(_reason_code(fields)))
    if is_other:
        return RefundResult(RefundOutcome.UNKNOWN, payout_id, transaction)
    if outcome is RefundOutcome.COMPLETED:
        if not transaction:
            raise UnreadableError("transaction")
        return RefundResult(outcome, payout_id, transaction, completed_at=_instant(fields.get("settled_at")))
    return RefundResult(outcome, payout_id, transaction)


def read_name_check(body: bytes) -> NameMatch:
    """Any other word is UNAVAILABLE. Raises UnreadableError."""
    return codes.NAME_MATCHES.get(_text(read_object(body), "result"), NameMatch.UNAVAILABLE)


def read_refusal_code(body: bytes) -> str:
    """`code` of a refusal. Raises UnreadableError: it was not the bank that answered."""
    return _text(read_object(body), "code")


def read_object(body: bytes) -> dict[str, Any]:
    """A JSON object; a number is no field of this wire. Raises UnreadableError, nesting bombs included."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("not JSON") from error
    if not isinstance(document, dict):
        raise UnreadableError("not an object")
    return document


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise UnreadableError(name)
    return value


def _amount(fields: dict[str, Any]) -> tuple[int, str]:
    currency = _text(fields, "currency")
    if currency not in CURRENCY_EXPONENTS:
        raise UnreadableError("currency")
    try:
        return parse_amount(_text(fields, "amount"), currency), currency
    except ValueError as error:
        raise UnreadableError("amount") from error


def _reason_code(fields: dict[str, Any]) -> str:
    """Empty where the bank gave none: it failed all the same."""
    reason = fields.get("reason")
    code = reason.get("code") if isinstance(reason, dict) else None
    return code if isinstance(code, str) else ""


def _instant(value: object) -> datetime | None:
    """None where the bank did not say, or not so that anyone could read it: the money moved all the same."""
    try:
        instant = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo else None
