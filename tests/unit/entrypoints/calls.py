"""API Gateway's events, and what came back, for tests of anything that answers over HTTP."""

import base64
import json
from dataclasses import dataclass
from typing import Any

ALL_SCOPES = (
    "invoices:write invoices:read payments:write payments:read services:read reports:read webhooks:write events:read"
)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def wrong(self) -> dict[str, str]:
        """Wrong fields and their codes."""
        return {error["field"]: error["code"] for error in self.json["errors"]}


def an_event(
    method: str,
    path: str,
    body: Any = None,
    *,
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    agency: str | None = "moic",
    scopes: str = ALL_SCOPES,
    person: str | None = None,
    approval_limit: str | None = None,
) -> dict[str, Any]:
    """`body`: bytes go base64-encoded, text as it is, anything else as JSON. `agency` None: no authoriser ran.

    `person`: a personal token came, not a key; `approval_limit` as API Gateway hands it on, in digits.
    """
    key_id = "key-1" if person is None else f"sub:{person}"
    authorizer: dict[str, str] | None = None
    if agency:
        authorizer = {"agency": agency, "role": "agency", "key_id": key_id, "scopes": scopes}
        optional = {"person": person, "approval_limit": approval_limit}
        authorizer |= {name: value for name, value in optional.items() if value is not None}
    text = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    headers = headers or {}
    return {
        "httpMethod": method,
        "path": path,
        "resource": path,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": query and {name: [value] for name, value in query.items()},
        "requestContext": {"requestId": "request-1", "path": path, "stage": "prod", "authorizer": authorizer},
        "body": text if text is None or isinstance(text, str) else json.dumps(text),
        "isBase64Encoded": isinstance(body, bytes),
    }


def call(handler: Any, event: dict[str, Any]) -> Answer:
    answer = handler(event, None)
    assert answer["isBase64Encoded"] is False
    headers = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
    return Answer(answer["statusCode"], headers, answer["body"])
