"""The rail that a refund goes over: how it is asked, how it is asked about, and which accounts its money passes."""

from collections.abc import Callable
from dataclasses import dataclass

from mizan.application.ports import AccountDirectory, GatewayRegistry
from mizan.application.ports_refunds import PayoutBank, PayoutRequest, RefundRequest, RefundResult
from mizan.domain.accounts import MerchantAccount
from mizan.domain.errors import CapabilityMissingError, NotFoundError
from mizan.domain.ledger import gateway_clearing, payout_bank, refunds_in_transit
from mizan.domain.payments import Payment
from mizan.domain.references import track_id
from mizan.domain.refunds import Beneficiary, Refund, RefundDestination

PAYOUT_BANK = "payout_bank"
CASH_CODE = "cash_code"


@dataclass(frozen=True, slots=True)
class Rail:
    """`pays_from` is the ledger account that its money leaves for good; `account` the gateway's, where there is one.

    `send` may be called once per refund, ever; `inquire` as often as need be. Both raise GatewayError.
    """

    name: str
    pays_from: str
    send: Callable[[], RefundResult]
    inquire: Callable[[], RefundResult]
    account: MerchantAccount | None = None


class RefundRails:
    def __init__(self, *, accounts: AccountDirectory, gateways: GatewayRegistry, bank: PayoutBank) -> None:
        self._accounts, self._gateways, self._bank = accounts, gateways, bank

    def of(self, refund: Refund, payment: Payment) -> Rail:
        """Everything that a sending needs, made before anything is written or sent.

        Raises CapabilityMissingError (this rail cannot), NotFoundError (the account is gone).
        """
        if refund.destination is RefundDestination.INSTRUMENT:
            return self._gateway_rail(refund, payment)
        if refund.destination is RefundDestination.IBAN and refund.beneficiary is not None:
            return self._bank_rail(refund, payment, refund.beneficiary)
        raise CapabilityMissingError.refunds()

    def _gateway_rail(self, refund: Refund, payment: Payment) -> Rail:
        account = self._accounts.by_token(payment.account_token)
        if account is None or payment.capture is None:
            raise NotFoundError("merchant account")
        gateway = self._gateways.refunds_of(payment.gateway)
        request = RefundRequest(
            refund.track_id, refund.amount, refund.currency, payment.capture, track_id(payment.payment_id)
        )
        return Rail(
            name=payment.gateway,
            pays_from=gateway_clearing(payment.gateway, payment.account_id),
            send=lambda: gateway.refund(account, request),
            inquire=lambda: gateway.inquire_refund(
                account,
                track_id=refund.track_id,
                amount=refund.amount,
                currency=refund.currency,
                original_track_id=request.original_track_id,
            ),
            account=account,
        )

    def _bank_rail(self, refund: Refund, payment: Payment, who: Beneficiary) -> Rail:
        if who.iban is None:
            raise CapabilityMissingError.refunds()
        text = f"Refund {payment.reference}"
        request = PayoutRequest(refund.track_id, who.iban, who.name, refund.amount, refund.currency, text)
        return Rail(
            name=PAYOUT_BANK,
            pays_from=payout_bank(PAYOUT_BANK),
            send=lambda: self._bank.pay(request),
            inquire=lambda: self._bank.inquire(refund.track_id),
        )


def transit_of(refund: Refund, payment: Payment) -> str:
    """The ledger account of a refund that its rail was asked for and has not answered."""
    names = {RefundDestination.IBAN: PAYOUT_BANK, RefundDestination.CASH_CODE: CASH_CODE}
    return refunds_in_transit(names.get(refund.destination, payment.gateway))
