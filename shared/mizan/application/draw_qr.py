"""A bill's QR code: what is to be paid as of now, to be scanned instead of typed."""

from dataclasses import dataclass
from typing import Protocol

from mizan.application.payables import Payable, Payables
from mizan.application.ports_agencies import AgencyNames
from mizan.domain.accounts import PLATFORM_AGENCY, Caller
from mizan.domain.emv_qr import NAME_LENGTH_MAX, QrMerchant, fitting, merchant_qr
from mizan.domain.transfers import creditor_reference

TREASURY_ACCOUNT, TREASURY_NAME = "treasury", "GOVERNMENT PAYMENTS"


class QrDrawing(Protocol):
    """Draws a payload as a QR code with its quiet zone, dark on light."""

    def svg(self, payload: str) -> str:
        """An `svg` element that scales with its place."""
        ...

    def png(self, payload: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class QrScheme:
    """What is the same in every code of this platform: configuration, see `mizan.domain.emv_qr`."""

    gui: str
    category: str
    city: str


class QrCodes:
    """The payloads of bills and baskets; the fee of a rail that the payer bears is that rail's to add."""

    def __init__(self, *, payables: Payables, agencies: AgencyNames, scheme: QrScheme) -> None:
        self._payables, self._agencies, self._scheme = payables, agencies, scheme

    def payload(self, reference: str, *, caller: Caller) -> str:
        """For an invoice's or a basket's reference.

        Raises NotFoundError, and IllegalTransitionError where nothing can be paid now.
        """
        return self.payload_of(self._payables.find(reference, caller=caller))

    def payload_of(self, payable: Payable) -> str:
        """Raises IllegalTransitionError where nothing can be paid now."""
        quotes = self._payables.quotes(payable)
        return merchant_qr(
            self._merchant(payable.agency),
            amount=sum(quote.amount for quote in quotes),
            currency=payable.currency,
            bill=payable.reference,
            label=creditor_reference(payable.reference),
        )

    def _merchant(self, agency: str) -> QrMerchant:
        names = self._agencies.name_of(agency)
        return QrMerchant(
            gui=self._scheme.gui,
            account=TREASURY_ACCOUNT if agency == PLATFORM_AGENCY else agency,
            name=(fitting(names.en, NAME_LENGTH_MAX) if names else "") or TREASURY_NAME,
            city=self._scheme.city,
            category=self._scheme.category,
        )
