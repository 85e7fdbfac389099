"""Which payment gateways there are: one explicit mapping from a name to what speaks its protocol.

A gateway is imported when it is first asked for, so a function loads only what it uses; its callback manners are apart
from the rest, because taking a delivery must start fast.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from mizan.application.ports import PaymentGateway
from mizan.application.ports_refunds import RefundGateway
from mizan.domain.errors import CapabilityMissingError, MizanError, NotFoundError

NOTICE_RAILS = frozenset({"mfep", "kiosk", "bank", "voucher"})
"""Rails that tell of money which moved before: nobody asks them for a page, nor to give anything back."""


@dataclass(frozen=True, slots=True)
class CallbackManners:
    """How a gateway wants its deliveries answered; nothing here decrypts or decides.

    `clear_track_id(body)`: the attempt that the delivery says it is about, unproven; None when it says none that fits.
    `acknowledge(redirect_url)`: the exact body of the answer; ValueError on an address the gateway would not take.
    `kept_headers`: lower-case names of the headers that are part of the delivery (a signature, its time).
    """

    content_type: str
    clear_track_id: Callable[[bytes], str | None]
    acknowledge: Callable[[str], bytes]
    kept_headers: tuple[str, ...] = ()


class MappedGatewayRegistry:
    """Implements `GatewayRegistry` over loaders by name; each gateway is made once. Who refunds is listed apart."""

    def __init__(
        self,
        gateways: Mapping[str, Callable[[], PaymentGateway]],
        manners: Mapping[str, Callable[[], CallbackManners]],
        refunds: Mapping[str, Callable[[], RefundGateway]],
    ) -> None:
        self._gateways = {name: cache(load) for name, load in gateways.items()}
        self._manners = {name: cache(load) for name, load in manners.items()}
        self._refunds = {name: cache(load) for name, load in refunds.items()}

    def get(self, name: str) -> PaymentGateway:
        """Raises NotFoundError on a name that is not registered."""
        if name not in self._gateways:
            raise NotFoundError("gateway")
        return self._gateways[name]()

    def refunds_of(self, name: str) -> RefundGateway:
        """See `GatewayRegistry.refunds_of`."""
        if name not in self._refunds:
            raise self._refusal(name)
        return self._refunds[name]()

    def _refusal(self, name: str) -> MizanError:
        """A rail that only tells of money, or a gateway without the ability, cannot give it back itself."""
        is_known = name in self._gateways or name in NOTICE_RAILS
        return CapabilityMissingError.refunds() if is_known else NotFoundError("gateway")

    def manners(self, name: str) -> CallbackManners:
        """Raises NotFoundError on a name that is not registered."""
        if name not in self._manners:
            raise NotFoundError("gateway")
        return self._manners[name]()


def _benefit() -> PaymentGateway:
    from mizan.adapters.gateways.benefit.gateway import BenefitGateway  # noqa: PLC0415  # only who talks to it loads it

    return BenefitGateway()


def _benefit_refunds() -> RefundGateway:
    from mizan.adapters.gateways.benefit.refunds import BenefitRefunds  # noqa: PLC0415  # the same

    return BenefitRefunds()


def _tranportal_manners() -> CallbackManners:
    from mizan.adapters.gateways.tranportal import acknowledgement  # noqa: PLC0415  # the same

    return CallbackManners(acknowledgement.CONTENT_TYPE, acknowledgement.clear_track_id, acknowledgement.acknowledge)


def _knet() -> PaymentGateway:
    from mizan.adapters.gateways.knet.gateway import KnetGateway  # noqa: PLC0415  # the same

    return KnetGateway()


def _eazypay() -> PaymentGateway:
    from mizan.adapters.gateways.eazypay.gateway import EazyPayGateway  # noqa: PLC0415  # the same

    return EazyPayGateway()


def _eazypay_manners() -> CallbackManners:
    from mizan.adapters.gateways.eazypay import acknowledgement as eazypay  # noqa: PLC0415  # the same

    return CallbackManners(eazypay.CONTENT_TYPE, eazypay.clear_track_id, eazypay.acknowledge, eazypay.KEPT_HEADERS)


def _tap() -> PaymentGateway:
    from mizan.adapters.gateways.tap.gateway import TapGateway  # noqa: PLC0415  # the same

    return TapGateway()


def _tap_manners() -> CallbackManners:
    from mizan.adapters.gateways.tap import acknowledgement as tap  # noqa: PLC0415  # the same

    return CallbackManners(tap.CONTENT_TYPE, tap.clear_track_id, tap.acknowledge, tap.KEPT_HEADERS)


def _mpgs() -> PaymentGateway:
    from mizan.adapters.gateways.mpgs.gateway import MpgsGateway  # noqa: PLC0415  # the same

    return MpgsGateway()


def _mpgs_refunds() -> RefundGateway:
    from mizan.adapters.gateways.mpgs.refunds import MpgsRefunds  # noqa: PLC0415  # the same

    return MpgsRefunds()


def _mpgs_manners() -> CallbackManners:
    from mizan.adapters.gateways.mpgs import acknowledgement as mpgs  # noqa: PLC0415  # the same

    return CallbackManners(mpgs.CONTENT_TYPE, mpgs.clear_track_id, mpgs.acknowledge, mpgs.KEPT_HEADERS)


def _bank_transfer() -> PaymentGateway:
    from mizan.adapters.gateways.bank_transfer.gateway import BankTransferGateway  # noqa: PLC0415  # the same

    return BankTransferGateway()


def _benefitpay() -> PaymentGateway:
    from mizan.adapters.gateways.benefitpay.gateway import BenefitPayGateway  # noqa: PLC0415  # the same

    return BenefitPayGateway()


def _benefitpay_manners() -> CallbackManners:
    from mizan.adapters.gateways.benefitpay import acknowledgement as wallet  # noqa: PLC0415  # the same

    kept = (wallet.SIGNATURE_HEADER,)
    return CallbackManners(wallet.CONTENT_TYPE, wallet.clear_track_id, wallet.acknowledge, kept)


def _sadad() -> PaymentGateway:
    from mizan.adapters.gateways.sadad.gateway import SadadGateway  # noqa: PLC0415  # the same

    return SadadGateway()


def _sadad_manners() -> CallbackManners:
    from mizan.adapters.gateways.sadad import acknowledgement as sadad  # noqa: PLC0415  # the same

    return CallbackManners(sadad.CONTENT_TYPE, sadad.clear_track_id, sadad.acknowledge)


GATEWAYS = MappedGatewayRegistry(
    {
        "benefit": _benefit,
        "knet": _knet,
        "eazypay": _eazypay,
        "tap": _tap,
        "mpgs": _mpgs,
        "bank_transfer": _bank_transfer,
        "benefitpay": _benefitpay,
        "sadad": _sadad,
    },
    {
        "benefit": _tranportal_manners,
        "knet": _tranportal_manners,
        "eazypay": _eazypay_manners,
        "tap": _tap_manners,
        "mpgs": _mpgs_manners,
        "benefitpay": _benefitpay_manners,
        "sadad": _sadad_manners,
    },
    {"benefit": _benefit_refunds, "mpgs": _mpgs_refunds},
)
