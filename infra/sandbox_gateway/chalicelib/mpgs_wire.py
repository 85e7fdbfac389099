"""MPGS's JSON from the other side. Amounts are JSON numbers that lose trailing zeros (10.5 for 10.500), like the real
ones; no float is involved: they are written as marked texts, and the marks taken away.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from typing import Any

from . import amounts
from .http import Reply
from .mpgs_orders import MpgsMerchant, Order

_MARKED = re.compile(r'"@(\d+(?:\.\d+)?)"')


class MpgsError(Exception):
    """The gateway says no: an HTTP status, and `error` {cause, explanation}."""

    def __init__(self, status: int, cause: str, explanation: str) -> None:
        super().__init__(explanation)
        self.status, self.cause, self.explanation = status, cause, explanation

    @property
    def reply(self) -> Reply:
        error = {"cause": self.cause, "explanation": self.explanation}
        return reply({"error": error, "result": "ERROR"}, self.status)


def invalid(explanation: str) -> MpgsError:
    return MpgsError(400, "INVALID_REQUEST", explanation)


def reply(document: dict[str, Any], status: int = 200) -> Reply:
    return Reply(status, text_of(document), "application/json;charset=utf-8")


def text_of(document: dict[str, Any]) -> str:
    return _MARKED.sub(r"\1", json.dumps(document))


def number(fils: int) -> str:
    """A marked amount: a JSON number once it is written."""
    return f"@{amounts.on_the_wire(fils)}"


def is_authorised(merchant: MpgsMerchant, header: str) -> bool:
    """`merchant.<mid>:<apiPassword>` by Basic auth."""
    words = f"merchant.{merchant.merchant_id}:{merchant.password}".encode()
    return hmac.compare_digest(f"Basic {base64.b64encode(words).decode('ascii')}".encode(), header.encode())


def order_view(order: Order) -> dict[str, Any]:
    """The answer of "retrieve order"."""
    return {
        "amount": number(order.amount_fils),
        "creationTime": order.created_at,
        "currency": order.currency,
        "id": order.order_id,
        "merchant": order.merchant_id,
        "reference": order.reference,
        "result": order.result,
        "status": order.status,
        "totalAuthorizedAmount": number(order.captured_fils),
        "totalCapturedAmount": number(order.captured_fils),
        "totalRefundedAmount": number(order.refunded_fils),
        "transaction": [transaction_view(order, facts) for facts in order.transactions],
    }


def transaction_view(order: Order, facts: dict[str, Any]) -> dict[str, Any]:
    """The answer of "retrieve transaction", which is a webhook's body too."""
    return {
        "merchant": order.merchant_id,
        "order": {
            "amount": number(order.amount_fils),
            "currency": order.currency,
            "id": order.order_id,
            "reference": order.reference,
            "status": order.status,
            "totalCapturedAmount": number(order.captured_fils),
            "totalRefundedAmount": number(order.refunded_fils),
        },
        "response": {
            "acquirerCode": facts["acquirer_code"],
            "acquirerMessage": facts["code"].replace("_", " ").capitalize(),
            "gatewayCode": facts["code"],
        },
        "result": facts["result"],
        "timeOfRecord": facts["at"],
        "transaction": {
            "acquirer": {
                "batch": int(facts["at"][:10].replace("-", "")),
                "date": facts["at"][5:10].replace("-", ""),
                "id": "SANDBOX_S2I",
                "merchantId": order.merchant_id,
                "settlementDate": facts["at"][:10],
                "timeZone": "+0300",
                "transactionId": facts["receipt"],
            },
            "amount": number(facts["amount_fils"]),
            "authorizationCode": facts["auth_code"],
            "currency": facts["currency"],
            "id": facts["id"],
            "receipt": facts["receipt"],
            "type": facts["type"],
        },
    }
