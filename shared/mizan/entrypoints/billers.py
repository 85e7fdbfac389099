"""How the functions that billers' protocols call speak to API Gateway: bytes in, bytes out, from the standard
library.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mizan.application.ports_billers import BillerManners, BillerOperation, WireAnswer
from mizan.domain.errors import NotFoundError

HEADER_LENGTH_MAX = 2_000
PREFIX_PARTS = 3
"""An address is `/billers/{protocol}/{token}/` and what the protocol calls there."""

NOT_FOUND = {"statusCode": 404, "headers": {"Content-Type": "text/plain"}, "body": "no such biller address"}


@dataclass(frozen=True, slots=True)
class BillerCall:
    """A call at a biller's address. `headers`: what the protocol keeps of headers and query, by lower-case name."""

    protocol: str
    token: str
    operation: BillerOperation
    body: bytes
    headers: Mapping[str, str]
    content_type: str
    correlation_id: str


def call_of(event: Mapping[str, Any], manners: Mapping[str, BillerManners]) -> BillerCall:
    """Raises NotFoundError where no protocol of that name is called there."""
    path = event["pathParameters"]
    tail = event["resource"].lstrip("/").split("/", PREFIX_PARTS)[PREFIX_PARTS]
    known = manners.get(path["protocol"])
    if known is None or tail not in known.operations:
        raise NotFoundError("gateway")
    given = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    query = {name.lower(): value for name, value in (event.get("queryStringParameters") or {}).items()}
    kept = {name: given[name] for name in known.kept_headers if name in given}
    kept |= {name: query[name] for name in known.kept_query if name in query}
    return BillerCall(
        protocol=path["protocol"],
        token=path["token"],
        operation=known.operations[tail],
        body=_body(event),
        headers={name: value[:HEADER_LENGTH_MAX] for name, value in kept.items()},
        content_type=given.get("content-type", ""),
        correlation_id=event["requestContext"]["requestId"],
    )


def proxied(answer: WireAnswer, correlation_id: str) -> dict[str, Any]:
    headers = {"Content-Type": answer.content_type, "Cache-Control": "no-store", "X-Correlation-Id": correlation_id}
    return {
        "statusCode": answer.status,
        "headers": headers | dict(answer.headers),
        "body": answer.body.decode(),
    }


def _body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    return base64.b64decode(text) if event.get("isBase64Encoded") else text.encode("utf-8", "surrogatepass")
