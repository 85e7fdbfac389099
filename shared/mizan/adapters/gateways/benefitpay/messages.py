"""What BenefitPay is given: the parameters that open the payer's app or fill the QR, and the question about one.

The parameters hold no secret: whoever has the address of the page may read them there, an agency's own app too.
"""

import json
from urllib.parse import urlencode

from mizan.adapters.gateways.addresses import is_secure_url
from mizan.adapters.gateways.benefitpay.signing import sign_fields
from mizan.application.ports import InitiationRequest
from mizan.domain.accounts import MerchantAccount
from mizan.domain.money import format_amount

STATUS_PATH = "/web/v1/merchant/transaction/check-status"
APP_ID, PAGE_URL, QR_TIMEOUT = "app_id", "page_url", "qr_timeout"
QR_TIMEOUT_MILLISECONDS = "150000"
"""How long the app's QR stays up where the account's settings say nothing [m]."""


class UnusableAccountError(ValueError):
    """The account lacks what the wire needs; the message names the setting."""


def app_parameters(account: MerchantAccount, request: InitiationRequest) -> dict[str, str]:
    """As the app takes them, `secure_hash` among them. Raises UnusableAccountError."""
    fields = {
        "appId": setting(account, APP_ID),
        "hideMobileQR": "0",
        "merchantId": account.terminal_id,
        "qr_timeout": account.settings.get(QR_TIMEOUT, QR_TIMEOUT_MILLISECONDS),
        "referenceNumber": request.track_id,
        "showResult": "1",
        "transactionAmount": _amount(request),
        "transactionCurrency": request.currency,
    }
    return fields | {"secure_hash": sign_fields(account.secrets.resource_key, fields)}


def page_address(account: MerchantAccount, request: InitiationRequest) -> str:
    """The page that opens the app or shows the QR: `page_url`, the parameters in its query, and where the browser goes
    afterwards (`returnUrl`, which is not BenefitPay's and not signed). Raises UnusableAccountError.
    """
    page = setting(account, PAGE_URL)
    if not is_secure_url(page) or "?" in page or "#" in page:
        raise UnusableAccountError(PAGE_URL)
    query = app_parameters(account, request)
    return f"{page}?{urlencode(query | ({'returnUrl': request.return_url} if request.return_url else {}))}"


def status_body(account: MerchantAccount, track_id: str) -> bytes:
    return json.dumps(_status_fields(account, track_id), separators=(",", ":")).encode()


def status_headers(account: MerchantAccount, track_id: str) -> dict[str, str]:
    """Signed by the same secret as the parameters. Raises UnusableAccountError."""
    return {
        "X-FOO-Signature": sign_fields(account.secrets.resource_key, _status_fields(account, track_id)),
        "X-FOO-Signature-Type": "KEYVAL",
        "X-CLIENT-ID": setting(account, APP_ID),
    }


def setting(account: MerchantAccount, name: str) -> str:
    """Raises UnusableAccountError where the account does not have it."""
    value = account.settings.get(name, "")
    if not value:
        raise UnusableAccountError(name)
    return value


def _status_fields(account: MerchantAccount, track_id: str) -> dict[str, str]:
    return {"merchant_id": account.terminal_id, "reference_id": track_id}


def _amount(request: InitiationRequest) -> str:
    try:
        return format_amount(request.amount, request.currency)
    except KeyError as error:
        raise UnusableAccountError("currency") from error
