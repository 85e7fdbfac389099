"""A credit card account, MPGS's messages as they are documented, and a line that answers as told."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from mizan.adapters.gateways.transport import NO_HEADERS, HttpAnswer
from mizan.domain.accounts import AccountSecrets, MerchantAccount
from mizan.domain.callbacks import RawCallback
from tests.unit.gateways.accounts import TRACK_ID, account, delivery

NOON = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
MERCHANT_ID, PASSWORD = "TESTMOIC", "api-password"
SECRET, RETIRED = "webhook-secret", "webhook-secret-of-last-year"
REFUND_TRACK = "123456789012345678000001"


@dataclass
class Line:
    """One answer for every exchange; keeps what was sent."""

    body: bytes
    status: int = 200
    sent: list[tuple[str, str, bytes, dict[str, str]]] = field(default_factory=list)

    def exchange(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS) -> HttpAnswer:
        self.sent.append((method, url, body, dict(headers)))
        return HttpAnswer(self.status, self.body)


def card_account(**settings: str) -> MerchantAccount:
    secrets = AccountSecrets(
        password=PASSWORD, resource_key="", named={"webhook_secret": SECRET, "retired_webhook_secret": RETIRED}
    )
    return replace(account(), gateway="mpgs", terminal_id=MERCHANT_ID, secrets=secrets, settings=settings)


PAYMENT: dict[str, Any] = {
    "merchant": MERCHANT_ID,
    "order": {"id": TRACK_ID, "status": "CAPTURED", "amount": 10.5, "currency": "BHD"},
    "response": {"acquirerCode": "00", "acquirerMessage": "Approved", "gatewayCode": "APPROVED"},
    "result": "SUCCESS",
    "timeOfRecord": "2026-11-25T09:01:02.345Z",
    "transaction": {
        "id": "1",
        "type": "PAYMENT",
        "amount": 10.5,
        "currency": "BHD",
        "receipt": "632909000001",
        "authorizationCode": "123456",
        "acquirer": {"batch": 20261125, "settlementDate": "2026-11-25", "timeZone": "+0300", "transactionId": "1"},
    },
}
"""What "retrieve transaction" answers, and what a webhook carries."""

ORDER: dict[str, Any] = {
    "id": TRACK_ID,
    "merchant": MERCHANT_ID,
    "result": "SUCCESS",
    "status": "CAPTURED",
    "amount": 10.5,
    "currency": "BHD",
    "totalAuthorizedAmount": 10.5,
    "totalCapturedAmount": 10.5,
    "totalRefundedAmount": 0,
    "transaction": [PAYMENT],
}


def order_text(**changes: Any) -> bytes:
    """The order as JSON, some of it changed."""
    return json.dumps(deepcopy(ORDER) | changes).encode()


def refund_view(track_id: str = REFUND_TRACK, result: str = "SUCCESS", **changes: Any) -> dict[str, Any]:
    """A REFUND under our own transaction id."""
    view = deepcopy(PAYMENT) | {"result": result}
    view["transaction"] |= {"id": track_id, "type": "REFUND", "amount": 4, "receipt": "632909000002"} | changes
    return view


def webhook(body: bytes | None = None, secret: str | None = SECRET) -> RawCallback:
    headers = {"x-notification-attempt": "1", "x-notification-id": "n-1"}
    given = {} if secret is None else {"x-notification-secret": secret}
    return replace(
        delivery(json.dumps(PAYMENT).encode() if body is None else body), gateway="mpgs", headers=headers | given
    )
