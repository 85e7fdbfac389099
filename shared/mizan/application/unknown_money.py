"""Money that names no invoice: an attempt under a reference of its own, captured as it is created and suspended whole.

Being an attempt like any other, it can be refunded, reversed and reported like any other. Pure; the caller writes it.
"""

from dataclasses import replace
from datetime import datetime

from mizan.application.book_notice import Notice
from mizan.application.posting import Booking, book_capture
from mizan.domain.history import Entry
from mizan.domain.money import CURRENCY_EXPONENTS
from mizan.domain.payments import PAYMENT_STATES, Capture, Payment, PaymentLine, PaymentMethod
from mizan.domain.suspense import SuspenseReason

CREATED = "create"
NO_SERVICE = "suspense"
"""The service of money that names no invoice."""

OWN_CURRENCY = "BHD"
"""What the treasury pays out in: money of another currency can only go back over its own rail."""


def book_unknown(notice: Notice, payment_id: str, reason: SuspenseReason, now: datetime) -> Booking:
    """`notice.reference` is the reference kept for it. The booking opens the case, for `reason`."""
    account = notice.account
    line = PaymentLine(notice.reference, account.agency, NO_SERVICE, notice.amount, 0, now)
    payment = Payment(
        payment_id=payment_id,
        reference=notice.reference,
        agency=account.agency,
        service=NO_SERVICE,
        amount=notice.amount,
        currency=notice.currency if notice.currency in CURRENCY_EXPONENTS else OWN_CURRENCY,
        method=PaymentMethod(account.method),
        gateway=account.gateway,
        account_id=account.account_id,
        account_token=account.token,
        state=PAYMENT_STATES.initial,
        created_at=now,
        updated_at=now,
        expires_at=now,
        next_inquiry_at=now,
        identity=notice.identity,
        fingerprint=notice.identity,
        correlation_id=notice.correlation_id,
        lines=(line,),
        is_final=True,
        history=(Entry(CREATED, now, notice.amount),),
        payer=notice.payer,
    )
    capture = Capture(notice.amount, notice.currency, notice.transaction, notice.transaction, "", "", notice.paid_at)
    booking = book_capture(payment, account, capture, {}, is_same_track=True, now=now)
    return replace(booking, cases=tuple(notice.told_in(case, reason) for case in booking.cases))
