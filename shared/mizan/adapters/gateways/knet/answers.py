"""What KNET says of a payment: the family's envelope, and a query string inside."""

from datetime import datetime

from mizan.adapters.gateways.issuer_codes import APPROVED
from mizan.adapters.gateways.knet import trandata
from mizan.adapters.gateways.knet.messages import CURRENCY_CODES, currency_code
from mizan.adapters.gateways.reading import UnreadableError, is_track_id, read_money
from mizan.adapters.gateways.tranportal import codes
from mizan.adapters.gateways.tranportal.capture_date import captured_at
from mizan.adapters.gateways.tranportal.envelope import TranportalRefusedError, sealed_part
from mizan.application.ports import InquiryOutcome, InquiryResult
from mizan.domain.accounts import MerchantAccount
from mizan.domain.payments import Capture


def read_inquiry(body: bytes, account: MerchantAccount, *, track_id: str, near: datetime) -> InquiryResult:
    """Raises UnreadableError, or TranportalRefusedError with KNET's code."""
    try:
        sealed = sealed_part(body)
    except TranportalRefusedError as error:
        if error.code == codes.NOT_FOUND_ERROR:
            return InquiryResult(InquiryOutcome.NOT_FOUND, track_id)
        raise
    keys = (account.secrets.resource_key, *account.secrets.retired_keys)
    return _result(trandata.open_fields(keys, sealed), account, near)


def _result(fields: dict[str, str], account: MerchantAccount, near: datetime) -> InquiryResult:
    word, response_code = fields.get("result", ""), _response_code(fields)
    outcome = codes.outcome_of(word, response_code)
    track_id = fields.get("trackid", "")
    if not is_track_id(track_id):
        raise UnreadableError("trackid")
    if outcome is InquiryOutcome.CAPTURED:
        return InquiryResult(outcome, track_id, capture=_capture(fields, account, near))
    if outcome is InquiryOutcome.DECLINED:
        return InquiryResult(outcome, track_id, decline=codes.decline_of(word, response_code))
    return InquiryResult(outcome, track_id)


def _response_code(fields: dict[str, str]) -> str:
    """The vendor's sample shows no response code; other texts do, under two names [weak]. None beside CAPTURED is an
    approval, for `result` says so; one that is there must agree.
    """
    code = (fields.get("authrespcode") or fields.get("rspcode") or "").strip()
    is_captured = codes.OUTCOMES.get(fields.get("result", "").strip().upper()) is InquiryOutcome.CAPTURED
    return APPROVED if is_captured and not code else code


def _capture(fields: dict[str, str], account: MerchantAccount, near: datetime) -> Capture:
    """The currency is the account's unless the answer names another [weak]."""
    transaction, gateway_payment = fields.get("tranid", ""), fields.get("paymentid", "")
    if not transaction or not gateway_payment:
        raise UnreadableError("tranid")
    own = CURRENCY_CODES.get(currency_code(account), "")
    named = fields.get("currencycode", "")
    amount, currency = read_money(fields.get("amt", ""), CURRENCY_CODES.get(named, "XXX") if named else own, "BHD")
    return Capture(
        amount=amount,
        currency=currency,
        transaction=transaction,
        gateway_payment=gateway_payment,
        rrn=fields.get("ref", ""),
        auth_code=fields.get("auth", ""),
        captured_at=captured_at(fields.get("postdate", ""), near),
    )
