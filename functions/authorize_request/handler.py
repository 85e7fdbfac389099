"""API Gateway's authoriser: from a key to whose it is and what it may do. The routes check the scopes themselves.

Standard library only: the first call after a pause is quick. No answer is cached: a revoked key stops at once.
"""

from typing import Any

from mizan import bootstrap
from mizan.application.authenticate import authenticate
from mizan.domain.errors import UnauthenticatedError
from mizan.entrypoints.correlation import correlation_of, header_of
from mizan.entrypoints.lines import log_line

UNAUTHORIZED = "Unauthorized"
"""The word by which API Gateway knows a 401; any other failure is a 500."""


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    correlation_id = correlation_of(event)
    try:
        key = authenticate(_key_in(event), keys=bootstrap.api_keys(), clock=bootstrap.clock())
    except UnauthenticatedError as error:
        log_line("key refused", correlation_id=correlation_id, metric="KeyRefused", reason=str(error))
        raise Exception(UNAUTHORIZED) from None  # API Gateway reads the message, whatever the class
    log_line("key accepted", correlation_id=correlation_id, key_id=key.key_id, agency=key.agency)
    return {
        "principalId": key.key_id,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": _stage_of(event)}],
        },
        "context": {
            "agency": key.agency,
            "role": key.role,
            "key_id": key.key_id,
            "scopes": " ".join(key.scopes),
        },
    }


def _key_in(event: dict[str, Any]) -> str:
    """The key that was sent; empty where there is none, or where two headers name different ones."""
    scheme, _, token = header_of(event, "Authorization").partition(" ")
    given = {header_of(event, "X-Api-Key").strip(), token.strip() if scheme.lower() == "bearer" else ""} - {""}
    return given.pop() if len(given) == 1 else ""


def _stage_of(event: dict[str, Any]) -> str:
    """Every method of the API's stage: `arn:…:{api}/{stage}/*`."""
    api, stage, *_ = event["methodArn"].split("/")
    return f"{api}/{stage}/*"
