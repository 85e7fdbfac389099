"""The functions of refunds, disputes and credits over the fakes: from API Gateway's event to its answer."""

from typing import Any

import pytest

from functions.credit_overpayment.handler import lambda_handler as credit_handler
from functions.decide_dispute.handler import lambda_handler as decide_dispute_handler
from functions.decide_refund.handler import lambda_handler as decide_refund_handler
from functions.manage_disputes.handler import lambda_handler as manage_disputes_handler
from functions.manage_refunds.handler import lambda_handler as manage_refunds_handler
from functions.read_disputes.handler import lambda_handler as read_disputes_handler
from functions.read_payments.handler import lambda_handler as read_payments_handler
from functions.read_refunds.handler import lambda_handler as read_refunds_handler
from functions.redeem_code.handler import lambda_handler as redeem_handler
from mizan import bootstrap
from tests.fakes.platform import Platform
from tests.unit.entrypoints.calls import Answer, an_event, call

SCOPES = "payments:read refunds:write refunds:approve disputes:write cashouts:redeem"
PUBLIC_URL = "https://api.invalid"

HANDLERS = {
    ("POST", "withdraw"): manage_refunds_handler,
    ("POST", "approve"): decide_refund_handler,
    ("POST", "reject"): decide_refund_handler,
    ("POST", "redeem"): redeem_handler,
    ("POST", "credits"): credit_handler,
    ("POST", "refunds"): manage_refunds_handler,
    ("GET", "refunds"): read_refunds_handler,
    ("POST", "disputes"): manage_disputes_handler,
    ("POST", "evidence"): manage_disputes_handler,
    ("POST", "represent"): manage_disputes_handler,
    ("POST", "accept"): manage_disputes_handler,
    ("POST", "win"): decide_dispute_handler,
    ("POST", "lose"): decide_dispute_handler,
    ("GET", "disputes"): read_disputes_handler,
    ("GET", "payments"): read_payments_handler,
}


class Api:
    """Calls by path, as moic's key-1 where nothing else is said; `person` calls under a personal identity."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    def post(self, path: str, body: Any = None, key: str | None = None, **who: Any) -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        return self._call("POST", path, body, headers, who)

    def get(self, path: str, **who: Any) -> Answer:
        return self._call("GET", path, None, {}, who)

    def _call(self, method: str, path: str, body: Any, headers: dict[str, str], who: dict[str, Any]) -> Answer:
        last, *_, before = [*reversed(path.split("/")), ""][:2]
        name = last if (method, last) in HANDLERS else before
        return call(HANDLERS[method, name], an_event(method, path, body, headers=headers, **({"scopes": SCOPES} | who)))


def api_over(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Api:
    """Fakes where `mizan.bootstrap` would wire AWS."""
    wired: dict[str, Any] = {
        "payments": platform.payments,
        "refunds": platform.refunds,
        "disputes": platform.disputes,
        "derivation": platform.derivation,
        "clock": platform.clock,
        "public_url": PUBLIC_URL,
        "overpayments": platform.overpayments(),
        "refund_requests": platform.refund_requests(),
        "refund_decisions": platform.refund_decisions(),
        "refund_worker": platform.refund_worker(),
        "cash_outs": platform.cash_outs(),
        "dispute_notices": platform.dispute_notices(),
        "dispute_answers": platform.dispute_answers(),
        "dispute_decisions": platform.dispute_decisions(),
    }
    for name, part in wired.items():
        monkeypatch.setattr(bootstrap, name, lambda part=part: part)
    return Api(platform)
