"""A refund and a dispute of the samples' payment, every optional field filled."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from mizan.domain.disputes import Dispute, DisputeState
from mizan.domain.headroom import Portion
from mizan.domain.history import Entry
from mizan.domain.payments import Decline, Disposition, Payment
from mizan.domain.refunds import Beneficiary, Refund, RefundDestination, RefundState
from tests.fakes.clock import NOON
from tests.fakes.samples import a_payment

IBAN = "BH67BMAG00001299123456"


def a_refund(payment: Payment | None = None, serial: int = 0, **changes: Any) -> Refund:
    """BHD 5.000 of an overpayment, asked for at noon, to the payer's own IBAN."""
    payment = payment or a_payment()
    refund = Refund(
        refund_id=f"rfd_{payment.reference}{900_000 + serial:06d}",
        payment_id=payment.payment_id,
        payment_reference=payment.reference,
        agency=payment.agency,
        portion=Portion(payment.reference, Disposition.OVERPAID, 5_000),
        currency="BHD",
        destination=RefundDestination.IBAN,
        state=RefundState.REQUESTED,
        reason="paid twice",
        maker="person:maker",
        created_at=NOON,
        updated_at=NOON,
        next_inquiry_at=NOON + timedelta(minutes=1),
        identity=f"refund-{serial}",
        fingerprint="refund-body",
        correlation_id="corr-3",
        beneficiary=Beneficiary("Maryam Ali", IBAN, "cpr:900101123"),
        history=(Entry("request", NOON, 5_000, "person:maker"),),
    )
    return replace(refund, **changes)


def every_shape_of_a_refund() -> dict[str, Refund]:
    """One for each way in which its optional fields are filled."""
    return {
        "requested": a_refund(),
        "to the instrument": a_refund(destination=RefundDestination.INSTRUMENT, beneficiary=None),
        "a name alone": a_refund(destination=RefundDestination.CASH_CODE, beneficiary=Beneficiary("علي")),
        "in transit": a_refund(
            state=RefundState.UNKNOWN, checker="person:checker", inquiry_count=4, sent_at=NOON, transaction="gt-9"
        ),
        "redeemable": a_refund(
            state=RefundState.REDEEMABLE, expires_at=NOON + timedelta(days=30), code_digest="d" * 64, checker="p"
        ),
        "failed": a_refund(state=RefundState.FAILED, decline=Decline("05", "Refused.", "مرفوض.")),
    }


def a_dispute(payment: Payment | None = None, serial: int = 0, **changes: Any) -> Dispute:
    """The bank holds BHD 7.500 of two shares; the agency has a week."""
    payment = payment or a_payment()
    dispute = Dispute(
        dispute_id=f"dsp_{payment.reference}{serial:06d}",
        payment_id=payment.payment_id,
        payment_reference=payment.reference,
        agency=payment.agency,
        portions=(
            Portion(payment.reference, Disposition.OVERPAID, 2_500),
            Portion(payment.reference, Disposition.ALLOCATED, 5_000),
        ),
        currency="BHD",
        state=DisputeState.NOTIFIED,
        case_number=f"CB-{serial}",
        reason="13.1",
        maker="person:maker",
        created_at=NOON,
        updated_at=NOON,
        respond_by=NOON + timedelta(days=7),
        identity=f"dispute-{serial}",
        fingerprint="dispute-body",
        correlation_id="corr-4",
        evidence=("Signed form", "إيصال"),
        history=(Entry("notify", NOON, 7_500, "person:maker"),),
    )
    return replace(dispute, **changes)
