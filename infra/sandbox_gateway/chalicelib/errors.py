"""Refusals of the sandbox, in the gateway's own codes.

GatewayRefusalError   the wire protocol's `status:"2"` with `error` and `errorText` (facts: rails 1, [R] codes)
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


class ControlError(Exception):
    """A control request that cannot be served: `status` is the HTTP status, `code` is stable."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
