"""Take a gateway's delivery: keep it, then answer as the gateway wants. Whatever it says is judged later.

Nothing but the raw write stands before the answer: without an acknowledgement BENEFIT voids the payment (rails.md 1).
"""

import base64
from typing import Any

from mizan import bootstrap
from mizan.application.receive_callback import return_path
from mizan.domain.errors import NotFoundError
from mizan.entrypoints.lines import log_line


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    gateway, token = event["pathParameters"]["gateway"], event["pathParameters"]["token"]
    correlation_id = event["requestContext"]["requestId"]
    try:
        manners = bootstrap.callback_manners(gateway)
    except NotFoundError:
        return {"statusCode": 404, "headers": {"Content-Type": "text/plain"}, "body": "no such gateway"}
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    body = _body(event)
    channel = "error" if event["resource"].endswith("/error") else "notification"
    bootstrap.receive_callback()(
        gateway=gateway,
        account_token=token,
        channel=channel,
        body=body,
        content_type=headers.get("content-type", ""),
        correlation_id=correlation_id,
        headers={name: headers[name] for name in manners.kept_headers if name in headers},
    )
    log_line(
        "callback kept", correlation_id=correlation_id, metric="CallbackReceived", gateway=gateway, channel=channel
    )
    answer = manners.acknowledge(bootstrap.public_url() + return_path(manners.clear_track_id(body)))
    return {
        "statusCode": 200,
        "headers": {"Content-Type": manners.content_type, "X-Correlation-Id": correlation_id},
        "body": answer.decode("ascii"),
    }


def _body(event: dict[str, Any]) -> bytes:
    text = event.get("body") or ""
    return base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
