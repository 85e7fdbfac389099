"""Sell or cancel a voucher for an operator's machine, in its own signed JSON, while the payer waits."""

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
    answered = bootstrap.voucher_counter().serve(call.token, request, call.correlation_id)
    log_line(
        "voucher asked for",
        correlation_id=call.correlation_id,
        metric="VoucherSold" if answered.outcome == "sold" else "VoucherNotSold",
        operation=str(call.operation),
        outcome=answered.outcome,
    )
    return proxied(answered.answer, call.correlation_id)
