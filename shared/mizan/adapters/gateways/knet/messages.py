"""What is sent to KNET: the page's address for the payer, and an inquiry in the family's envelope."""

from urllib.parse import urlencode

from mizan.adapters.gateways.knet import trandata
from mizan.adapters.gateways.tranportal.envelope import envelope
from mizan.application.ports import InitiationRequest
from mizan.domain.accounts import MerchantAccount
from mizan.domain.money import format_amount

PAGE_PATH = "/kpg/PaymentHTTP.htm"
INQUIRY_PATH = "/payment/API/tranportal.htm"
ACTION_PURCHASE, ACTION_INQUIRY = "1", "8"
CURRENCY_CODES = {"048": "BHD", "414": "KWD"}
CURRENCY_DEFAULT = "414"
LANGUAGE_DEFAULT = "USA"
SELECTOR_DEFAULT = "TrackID"
BLANK_UDFS = {f"udf{number}": "" for number in range(1, 6)}


class UnusableAccountError(ValueError):
    """The account cannot take this currency, or its key is none."""


def currency_code(account: MerchantAccount) -> str:
    """ISO 4217's number of what the account takes: Kuwaiti dinars unless its settings say otherwise."""
    return account.settings.get("currency_code", CURRENCY_DEFAULT)


def page_url(account: MerchantAccount, request: InitiationRequest) -> str:
    """Where the payer's browser pays: the whole request is in the address, sealed. Raises UnusableAccountError."""
    sealed = _sealed(
        account,
        request.currency,
        {
            "id": account.terminal_id,
            "password": account.secrets.password,
            "action": ACTION_PURCHASE,
            "langid": account.settings.get("langid", LANGUAGE_DEFAULT),
            "currencycode": currency_code(account),
            "amt": format_amount(request.amount, request.currency),
            "responseURL": request.notification_url,
            "errorURL": request.error_url,
            "trackid": request.track_id,
            **BLANK_UDFS,
        },
    )
    query = {
        "param": "paymentInit",
        "trandata": sealed,
        "tranportalId": account.terminal_id,
        "responseURL": request.notification_url,
        "errorURL": request.error_url,
    }
    return f"{_base(account)}{account.settings.get('page_path', PAGE_PATH)}?{urlencode(query)}"


def inquiry_url(account: MerchantAccount) -> str:
    return _base(account) + account.settings.get("inquiry_path", INQUIRY_PATH)


def inquiry_body(account: MerchantAccount, *, track_id: str, amount: int, currency: str) -> bytes:
    """The family's envelope around KNET's trandata [weak]. Raises UnusableAccountError."""
    sealed = _sealed(
        account,
        currency,
        {
            "id": account.terminal_id,
            "password": account.secrets.password,
            "action": ACTION_INQUIRY,
            "currencycode": currency_code(account),
            "amt": format_amount(amount, currency),
            "trackid": track_id,
            **BLANK_UDFS,
            "udf5": account.settings.get("inquiry_selector", SELECTOR_DEFAULT),
            "transid": track_id,
        },
    )
    return envelope(account, sealed)


def _sealed(account: MerchantAccount, currency: str, fields: dict[str, str]) -> str:
    """An account in another currency would charge the same figures of other money: it gets nothing to charge."""
    if CURRENCY_CODES.get(currency_code(account)) != currency:
        raise UnusableAccountError("the account takes another currency")
    try:
        return trandata.close(account.secrets.resource_key, trandata.query_text(fields))
    except ValueError as error:
        raise UnusableAccountError(str(error)) from error


def _base(account: MerchantAccount) -> str:
    return account.base_url.rstrip("/")
