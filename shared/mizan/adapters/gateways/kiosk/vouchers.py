"""Vouchers at kiosks and cash agents, in the same signed JSON as their bills.

POST …/vouchers                {transaction, terminal, identifier, amount, currency, paid_at}
                               → {"result": "sold", voucher_id, code, amount, currency, expires_at}
POST …/voucher-cancellations   {transaction, terminal} → {"result": "cancelled", voucher_id}
Either may be answered {"result": "refused", "reason"}: then the cash goes back. `identifier` is what the payer's
document says: `cpr:` and 9 digits, `passport:…` or `cr:…`. Amounts are whole fils.
"""

from typing import Any

from mizan.adapters.gateways.kiosk.biller import CURRENCY, KioskBiller
from mizan.adapters.gateways.kiosk.wire import BAD_SCHEMA, fils, instant, open_request, signed_answer, text
from mizan.application.ports_billers import WireAnswer, WireRequest
from mizan.application.ports_vouchers import IssueVoucher, SoldVoucher
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import InvalidCallbackError
from mizan.domain.money import AMOUNT_MAX
from mizan.domain.vouchers import Voucher

TRANSACTION, TERMINAL = r"[0-9A-Za-z_.:-]{1,64}", r"[0-9A-Za-z_.:-]{1,32}"
IDENTIFIER = r"cpr:[0-9]{9}|passport:[0-9A-Z]{5,20}|cr:[0-9]{1,7}(-[0-9]{1,3})?"
SALE = {"transaction", "terminal", "identifier", "amount", "currency", "paid_at"}
CANCELLATION = {"transaction", "terminal"}


class KioskVouchers:
    """Implements `VoucherProtocol`."""

    def read_sale(self, account: MerchantAccount, request: WireRequest, correlation_id: str) -> IssueVoucher:
        body = _body(account, request, SALE)
        return IssueVoucher(
            account=account,
            transaction=text(body, "transaction", TRANSACTION),
            identifier=text(body, "identifier", IDENTIFIER),
            amount=fils(body, "amount", least=1, most=AMOUNT_MAX),
            currency=text(body, "currency", CURRENCY),
            paid_at=instant(body, "paid_at", request.received_at),
            correlation_id=correlation_id,
        )

    def read_cancellation(self, account: MerchantAccount, request: WireRequest) -> str:
        return text(_body(account, request, CANCELLATION), "transaction", TRANSACTION)

    def answer(self, account: MerchantAccount, request: WireRequest, result: SoldVoucher | Voucher | str) -> WireAnswer:
        return signed_answer(account, request, 200, _document(result))

    def refuse(self, account: MerchantAccount | None, request: WireRequest, reason: str) -> WireAnswer:
        return KioskBiller().refuse(account, request, reason)


def _document(result: SoldVoucher | Voucher | str) -> dict[str, Any]:
    if isinstance(result, str):
        return {"result": "refused", "reason": result}
    if isinstance(result, Voucher):
        return {"result": "cancelled", "voucher_id": result.voucher_id}
    voucher = result.voucher
    return {
        "result": "sold",
        "voucher_id": voucher.voucher_id,
        "code": result.code,
        "amount": voucher.amount,
        "currency": voucher.currency,
        "expires_at": voucher.expires_at.isoformat(),
    }


def _body(account: MerchantAccount, request: WireRequest, members: set[str]) -> dict[str, Any]:
    body = open_request(account, request)
    if body.keys() != members:
        raise InvalidCallbackError(BAD_SCHEMA)
    text(body, "terminal", TERMINAL)
    return body
