"""Take a bank's, a kiosk's or an agent's notice of a payment or a reversal: keep it, then answer in its own protocol.

Nothing but the raw write and what the answer is signed with stands before it. It is booked later.
"""

from typing import Any

from mizan import bootstrap
from mizan.domain.errors import NotFoundError
from mizan.entrypoints.billers import NOT_FOUND, call_of, proxied
from mizan.entrypoints.lines import log_line


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    try:
        call = call_of(event, bootstrap.biller_manners())
    except NotFoundError:
        return NOT_FOUND
    taken = bootstrap.notice_desk().take(
        call.protocol,
        call.token,
        call.operation,
        body=call.body,
        headers=call.headers,
        content_type=call.content_type,
        correlation_id=call.correlation_id,
    )
    log_line(
        "notice refused" if taken.reason else "notice kept",
        correlation_id=call.correlation_id,
        metric="NoticeRefused" if taken.reason else "NoticeReceived",
        protocol=call.protocol,
        operation=str(call.operation),
        count=taken.count,
        reason=taken.reason,
    )
    return proxied(taken.answer, call.correlation_id)
