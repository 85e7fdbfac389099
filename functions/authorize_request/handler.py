"""API Gateway's authoriser: from a key or a personal token to whose it is and what it may do. The routes check the
scopes themselves.

A key needs the standard library only: the first call after a pause is quick. No answer is cached: what is revoked stops
at once.
"""

from typing import Any

from mizan import bootstrap
from mizan.application.authenticate import KEY_PREFIX, authenticate
from mizan.application.authenticate_person import authenticate_person
from mizan.application.ports_auth import ApiKey, Person
from mizan.domain.errors import UnauthenticatedError
from mizan.entrypoints.correlation import correlation_of
from mizan.entrypoints.credentials import Credential, credential_in
from mizan.entrypoints.lines import log_line
from mizan.entrypoints.masking import masked

UNAUTHORIZED = "Unauthorized"
"""The word by which API Gateway knows a 401; any other failure is a 500."""

REFUSALS = {"key": "KeyRefused", "token": "TokenRefused"}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    correlation_id = correlation_of(event)
    credential = credential_in(event)
    kind = "token" if _is_token(credential) else "key"
    try:
        found = _found_behind(credential)
    except UnauthenticatedError as error:
        log_line(f"{kind} refused", correlation_id=correlation_id, metric=REFUSALS[kind], reason=str(error))
        raise Exception(UNAUTHORIZED) from None  # API Gateway reads the message, whatever the class
    actor = {"actor": masked(found.subject)} if isinstance(found, Person) else {}
    log_line(
        f"{kind} accepted",
        correlation_id=correlation_id,
        key_id=masked(found.key_id),
        agency=found.agency,
        **actor,
    )
    return {
        "principalId": found.key_id,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": _stage_of(event)}],
        },
        "context": _context_of(found),
    }


def _is_token(credential: Credential) -> bool:
    return credential.is_bearer and not credential.text.startswith(KEY_PREFIX)


def _found_behind(credential: Credential) -> ApiKey | Person:
    if _is_token(credential):
        return authenticate_person(credential.text, tokens=bootstrap.personal_tokens(), people=bootstrap.people())
    return authenticate(credential.text, keys=bootstrap.api_keys(), clock=bootstrap.clock())


def _context_of(found: ApiKey | Person) -> dict[str, str]:
    """What the routes read; strings only, as API Gateway wants them."""
    context = {
        "agency": found.agency,
        "role": found.role,
        "key_id": found.key_id,
        "scopes": " ".join(found.scopes),
    }
    if isinstance(found, Person):
        context["person"] = found.subject
        if found.approval_limit is not None:
            context["approval_limit"] = str(found.approval_limit)
    return context


def _stage_of(event: dict[str, Any]) -> str:
    """Every method of the API's stage: `arn:…:{api}/{stage}/*`."""
    api, stage, *_ = event["methodArn"].split("/")
    return f"{api}/{stage}/*"
