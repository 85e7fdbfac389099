"""Refusals of the sandbox, in the gateway's own codes.

GatewayRefusalError   the wire protocol's `status:"2"` with `error` and `errorText` (facts: rails 1, [R] codes)
AnswerLostError       a script keeps the answer from the caller: 504 or a dropped line, whatever was done
UnavailableError      a script makes the gateway answer 503
BankRefusalError      the payout bank says no: a status, a code, a sentence
ControlError          a control API mistake, answered as JSON with a 4xx status
"""

from __future__ import annotations

ERROR_TEXTS = {
    "IPAY0100005": "Missing tranportal ID.",
    "IPAY0100006": "Invalid tranportal ID.",
    "IPAY0100008": "Terminal not enabled.",
    "IPAY0100013": "Invalid transaction data.",
    "IPAY0100015": "Invalid tranportal password.",
    "IPAY0100022": "Invalid currency code.",
    "IPAY0100025": "Invalid transaction amount.",
    "IPAY0100036": "UDF mismatched.",
    "IPAY0100124": "Problem occurred while validating transaction data.",
    "IPAY0100263": "Transaction not found.",
    "IPAY0300024": "Refund amount exceeds the captured amount.",
}


RETURN_REASONS = {
    "AC04": "The account is closed.",
    "AC06": "The account is blocked.",
    "AM02": "The amount is not allowed.",
    "BE01": "The name is not the holder's.",
    "MS03": "No reason given.",
}
"""Why a bank does not credit: codes of ISO 20022's external list that banks return with [m]."""


class GatewayRefusalError(Exception):
    """The gateway says no before any transaction: carries the code and its text."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail

    @property
    def text(self) -> str:
        """The wire's `errorText`: `CODE-Text`."""
        return f"{self.code}-{ERROR_TEXTS[self.code]}"


class AnswerLostError(Exception):
    """After `hang_seconds` the caller gets a 504, or a dropped connection."""

    def __init__(self, outcome: str, hang_seconds: float, *, drop_connection: bool) -> None:
        super().__init__(outcome)
        self.hang_seconds = hang_seconds
        self.drop_connection = drop_connection


class UnavailableError(Exception):
    """The gateway is away for this question, and did nothing."""


class BankRefusalError(Exception):
    """Nothing was paid and nothing will be, by this call: `status` is the HTTP status, `code` is stable."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


class ControlError(Exception):
    """A control request that cannot be served: `status` is the HTTP status, `code` is stable."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
