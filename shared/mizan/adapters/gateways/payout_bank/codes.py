"""The payout bank's words in ours. What is not here is unknown."""

from mizan.application.ports_refunds import NameMatch, RefundOutcome
from mizan.domain.payments import Decline

OUTCOMES = {
    "pending": RefundOutcome.PENDING,
    "settled": RefundOutcome.COMPLETED,
    "rejected": RefundOutcome.FAILED,
    "returned": RefundOutcome.FAILED,
}
"""`status`. Returned: it was credited, and the payee's bank sent it back."""

NAME_MATCHES = {
    "match": NameMatch.MATCH,
    "close_match": NameMatch.CLOSE,
    "no_match": NameMatch.NO_MATCH,
    "unavailable": NameMatch.UNAVAILABLE,
}

_DETAILS = (
    "The bank did not accept the payee's details. Nothing was paid.",
    "لم يقبل البنك بيانات المستفيد. لم يُدفع أي مبلغ.",
)
_AMOUNT = ("The bank does not pay this amount. Nothing was paid.", "لا يدفع البنك هذا المبلغ. لم يُدفع أي مبلغ.")

REFUSAL_TEXTS = {
    "bad_iban": _DETAILS,
    "bad_field": _DETAILS,
    "bad_amount": _AMOUNT,
    "bad_currency": _AMOUNT,
}
"""Refusals of an order that are a verdict on it: nothing was paid and the same order never will be."""

UNAUTHENTICATED = "unauthenticated"
UNKNOWN_PAYOUT = "unknown_payout"
UNSTATED_CODE = "unstated"

REASON_TEXTS = {
    "AC04": ("The account is closed.", "الحساب مغلق."),
    "AC06": ("The account is blocked.", "الحساب موقوف."),
    "AM02": _AMOUNT,
    "BE01": ("The name is not the account holder's.", "الاسم لا يعود لصاحب الحساب."),
}
"""Why a transfer was not credited, or came back: ISO 20022 external reason codes [m]."""

NOT_CREDITED_TEXT = ("The payee's bank did not credit the transfer.", "لم يقيّد بنك المستفيد التحويل.")
"""For a reason that is not in the table, its code kept."""


def refusal_of(code: str) -> Decline | None:
    """Why the bank would not take an order; None where its code is no verdict on the order."""
    text = REFUSAL_TEXTS.get(code)
    return Decline(code, *text) if text else None


def reason_of(code: str) -> Decline:
    """Why a transfer failed."""
    return Decline(code or UNSTATED_CODE, *REASON_TEXTS.get(code, NOT_CREDITED_TEXT))
