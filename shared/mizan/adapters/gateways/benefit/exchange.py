"""One question to BENEFIT and its answer's bytes: sealing, sending, and what each HTTP status leaves open."""

from collections.abc import Callable

from mizan.adapters.gateways.benefit import messages, trandata
from mizan.adapters.gateways.tranportal.envelope import envelope
from mizan.adapters.gateways.transport import Transport
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import GatewayUnavailableError, OutcomeUnknownError

HTTP_OK = 200
HTTP_UNAVAILABLE = 503


def perform(transport: Transport, account: MerchantAccount, path: str, plaintext: Callable[[], str]) -> bytes:
    """Ask for something that may move money: any HTTP status but 200 leaves its outcome unknown.

    Raises GatewayUnavailableError when nothing was sent, OutcomeUnknownError.
    """
    answer = transport.exchange("POST", account.base_url.rstrip("/") + path, _sealed(account, plaintext))
    if answer.status != HTTP_OK:
        raise OutcomeUnknownError(f"HTTP {answer.status}")
    return answer.body


def inquire(transport: Transport, account: MerchantAccount, plaintext: Callable[[], str]) -> bytes:
    """Ask what became of something. Raises GatewayUnavailableError on 503 too: asking again is safe."""
    url = account.base_url.rstrip("/") + messages.TRANPORTAL_PATH
    answer = transport.exchange("POST", url, _sealed(account, plaintext))
    if answer.status == HTTP_UNAVAILABLE:
        raise GatewayUnavailableError("HTTP 503")
    if answer.status != HTTP_OK:
        raise OutcomeUnknownError(f"HTTP {answer.status}")
    return answer.body


def _sealed(account: MerchantAccount, plaintext: Callable[[], str]) -> bytes:
    """The request's bytes. Raises GatewayUnavailableError when the account or the currency cannot be used at all."""
    try:
        return envelope(account, trandata.close(account.secrets.resource_key, plaintext()))
    except (trandata.TrandataError, KeyError) as error:
        raise GatewayUnavailableError(f"the account cannot be used: {type(error).__name__}") from error
