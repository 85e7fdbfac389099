"""Answer a bank's, a kiosk's or an agent's question about a bill, in its own protocol."""

from typing import Any

from mizan import bootstrap
from mizan.application.ports_billers import WireRequest
from mizan.domain.errors import NotFoundError
from mizan.entrypoints.billers import NOT_FOUND, call_of, proxied
from mizan.entrypoints.lines import log_line


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    try:
        call = call_of(event, bootstrap.biller_manners())
    except NotFoundError:
        return NOT_FOUND
    request = WireRequest(call.operation, call.body, bootstrap.clock().now(), call.headers)
    answered = bootstrap.inquiry_desk().answer(call.protocol, call.token, request)
    log_line(
        "bill presented",
        correlation_id=call.correlation_id,
        metric="BillPresented" if answered.outcome == "shown" else "BillRefused",
        protocol=call.protocol,
        outcome=answered.outcome,
    )
    return proxied(answered.answer, call.correlation_id)
