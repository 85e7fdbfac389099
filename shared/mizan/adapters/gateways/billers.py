"""Which protocols speak to us as to a biller: one explicit mapping from a name to what speaks it.

Apart from the payment gateways: these rails tell of money that moved, and nobody is sent to them. A protocol is
imported when it is first asked for; its manners say what an entry point must know before that.
"""

from collections.abc import Callable, Mapping
from functools import cache

from mizan.application.ports_billers import BillerManners, BillerOperation, BillerProtocol
from mizan.domain.errors import NotFoundError

MANNERS: Mapping[str, BillerManners] = {
    "mfep": BillerManners(
        {
            "postpaid/BillPull": BillerOperation.INQUIRY,
            "prepaid/ValidatePayment": BillerOperation.VALIDATION,
            "payment/ReceivePaymentNotification": BillerOperation.NOTICE,
        },
        kept_query=("guid",),
    ),
    "kiosk": BillerManners(
        {
            "inquiries": BillerOperation.INQUIRY,
            "validations": BillerOperation.VALIDATION,
            "notices": BillerOperation.NOTICE,
            "reversals": BillerOperation.REVERSAL,
            "vouchers": BillerOperation.VOUCHER,
            "voucher-cancellations": BillerOperation.VOUCHER_CANCELLATION,
        },
        kept_headers=("mizan-timestamp", "mizan-nonce", "mizan-signature"),
    ),
}


class MappedBillerRegistry:
    """Implements `BillerRegistry` over loaders by name; each protocol is made once."""

    def __init__(self, billers: Mapping[str, Callable[[], BillerProtocol]]) -> None:
        self._billers = {name: cache(load) for name, load in billers.items()}

    def get(self, name: str) -> BillerProtocol:
        """Raises NotFoundError on a name that is not registered."""
        if name not in self._billers:
            raise NotFoundError("gateway")
        return self._billers[name]()


def _mfep() -> BillerProtocol:
    from mizan.adapters.gateways.mfep.biller import MfepBiller  # noqa: PLC0415  # lxml: only who speaks it loads it

    return MfepBiller()


def _kiosk() -> BillerProtocol:
    from mizan.adapters.gateways.kiosk.biller import KioskBiller  # noqa: PLC0415  # the same

    return KioskBiller()


BILLERS = MappedBillerRegistry({"mfep": _mfep, "kiosk": _kiosk})
