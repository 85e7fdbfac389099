"""What BENEFIT answers at once: to an initiation in clear, to an inquiry in trandata."""

from datetime import datetime
from urllib.parse import parse_qs, urlencode, urlsplit

from mizan.adapters.gateways.addresses import is_secure_url
from mizan.adapters.gateways.benefit import trandata
from mizan.adapters.gateways.benefit.messages import read_amount, read_track_id
from mizan.adapters.gateways.reading import UnreadableError
from mizan.adapters.gateways.tranportal import codes
from mizan.adapters.gateways.tranportal.capture_date import captured_at
from mizan.adapters.gateways.tranportal.envelope import (
    STATUS_OK,
    STATUS_REFUSED,
    TranportalRefusedError,
    error_code,
    read_object,
    sealed_part,
)
from mizan.application.ports import (
    InitiationRefused,
    InitiationResult,
    InitiationStarted,
    InquiryOutcome,
    InquiryResult,
)
from mizan.domain.accounts import MerchantAccount
from mizan.domain.payments import Capture

PAYMENT_ID_LENGTH_MAX = 40


def read_initiation(body: bytes) -> InitiationResult:
    """Raises UnreadableError on anything that is neither a page nor a plain refusal."""
    fields = read_object(body)
    status = fields.get("status")
    if status == STATUS_OK:
        return _started(fields.get("result", ""))
    if status == STATUS_REFUSED:
        return InitiationRefused(codes.refusal_of(error_code(fields)))
    raise UnreadableError("status")


def read_inquiry(
    body: bytes, account: MerchantAccount, *, track_id: str, currency: str, captured_near: datetime
) -> InquiryResult:
    """Raises UnreadableError, or TranportalRefusedError with BENEFIT's code."""
    try:
        fields = open_answer(body, account)
    except TranportalRefusedError as error:
        if error.code == codes.NOT_FOUND_ERROR:
            return InquiryResult(InquiryOutcome.NOT_FOUND, track_id)
        raise
    return _result(fields, currency, captured_near)


def open_answer(body: bytes, account: MerchantAccount) -> dict[str, str]:
    """What the tranportal says inside its trandata. Raises UnreadableError, or TranportalRefusedError with
    BENEFIT's code.
    """
    sealed = sealed_part(body)
    keys = (account.secrets.resource_key, *account.secrets.retired_keys)
    return open_object(keys, sealed)


def open_object(resource_keys: tuple[str, ...], text: str) -> dict[str, str]:
    """The object inside `trandata`, by the first key whose plaintext parses.

    Raises UnreadableError: "undecryptable" when no key opens it, "unreadable" when none gives an object.
    """
    opened = trandata.candidates(resource_keys, text)
    for plaintext in opened:
        try:
            return read_object(plaintext)
        except UnreadableError:
            continue
    raise UnreadableError("unreadable" if opened else "undecryptable")


def _started(result: str) -> InitiationStarted:
    """Live, `result` is the page's whole address; the manual says `<paymentId>:<address>` [R]."""
    if result.startswith(("https://", "http://")):
        url, payment_id = result, _payment_id_in(result)
    else:
        payment_id, _, url = result.partition(":")
        if not _payment_id_in(url):
            url = f"{url}?{urlencode({'PaymentID': payment_id})}"
    is_id = payment_id.isascii() and payment_id.isdecimal() and len(payment_id) <= PAYMENT_ID_LENGTH_MAX
    if not is_id or not is_secure_url(url):
        raise UnreadableError("result")
    return InitiationStarted(gateway_payment=payment_id, redirect_url=url)


def _payment_id_in(url: str) -> str:
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:
        return ""
    return next((values[0] for name, values in query.items() if name.lower() == "paymentid"), "")


def _result(fields: dict[str, str], currency: str, captured_near: datetime) -> InquiryResult:
    word, response_code = fields.get("result", ""), fields.get("authRespCode", "").strip()
    outcome = codes.outcome_of(word, response_code)
    track_id = read_track_id(fields)
    if outcome is InquiryOutcome.CAPTURED:
        return InquiryResult(outcome, track_id, capture=_capture(fields, currency, captured_near))
    if outcome is InquiryOutcome.DECLINED:
        return InquiryResult(outcome, track_id, decline=codes.decline_of(word, response_code))
    return InquiryResult(outcome, track_id)


def _capture(fields: dict[str, str], currency: str, captured_near: datetime) -> Capture:
    """The currency is the account's: BENEFIT's answer does not name one."""
    transaction, gateway_payment = fields.get("transId", ""), fields.get("paymentId", "")
    if not transaction or not gateway_payment:
        raise UnreadableError("transId")
    return Capture(
        amount=read_amount(fields, currency),
        currency=currency,
        transaction=transaction,
        gateway_payment=gateway_payment,
        rrn=fields.get("ref", ""),
        auth_code=fields.get("authCode", ""),
        captured_at=captured_at(fields.get("date", ""), captured_near),
    )
