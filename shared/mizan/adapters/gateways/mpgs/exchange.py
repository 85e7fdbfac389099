"""One question to MPGS and its answer's fields, and what each HTTP status leaves open."""

from collections.abc import Callable
from typing import TypeVar

from mizan.adapters.gateways.mpgs import codes, messages
from mizan.adapters.gateways.mpgs.answers import MpgsRefusedError
from mizan.adapters.gateways.reading import UnreadableError
from mizan.adapters.gateways.transport import Transport
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError

T = TypeVar("T")

READ_STATUSES = frozenset({200, 201, 400, 404})
"""Statuses whose body is MPGS's own JSON: 400 and 404 [m] carry `error`."""

UNAUTHORISED, UNAVAILABLE = (401, 403), 503


def ask(
    transport: Transport,
    account: MerchantAccount,
    method: str,
    url: str,
    read: Callable[[bytes], T],
    *,
    body: bytes = b"",
    is_safe: bool = False,
) -> T:
    """The answer as `read` understands it. `is_safe`: a repeat changes nothing, so 503 is only "not now".

    Raises GatewayUnavailableError when nothing was done (not sent; our credentials refused), OutcomeUnknownError,
    MpgsRefusedError.
    """
    answer = transport.exchange(method, url, body, messages.headers_of(account))
    if answer.status in UNAUTHORISED or (is_safe and answer.status == UNAVAILABLE):
        raise GatewayUnavailableError(f"HTTP {answer.status}")
    if answer.status not in READ_STATUSES:
        raise OutcomeUnknownError(f"HTTP {answer.status}")
    try:
        return read(answer.body)
    except UnreadableError as error:
        raise OutcomeUnknownError(f"unreadable answer: {error}") from error
    except MpgsRefusedError as error:
        if error.cause in codes.AWAY_CAUSES or error.cause not in codes.REFUSED_CAUSES:
            raise OutcomeUnknownError(f"refused: {error.cause}") from error
        raise
