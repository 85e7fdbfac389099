"""Have a gateway asked about an attempt once more, whatever its state: somebody contradicts what is stored."""

from dataclasses import replace

from mizan.application.ports import Clock, PaymentRepository
from mizan.domain.payments import PAYMENT_STATES, Payment, PaymentEvent, PaymentState


def recheck_payment(payment: Payment, *, payments: PaymentRepository, clock: Clock) -> bool:
    """Make it due at once; the sweep hands it on, the resolver asks and books what it hears. One that is disputed is
    asked about when the dispute is over.

    False where it is asked about anyway, nothing can change any more, or somebody else moved it just now.
    """
    is_held = payment.state in (PaymentState.SUCCEEDED, PaymentState.DISPUTED)
    is_changeable = is_held or PAYMENT_STATES.allows(payment.state, PaymentEvent.CAPTURE)
    if payment.is_open or payment.is_rechecked or not is_changeable:
        return False
    asked = replace(
        payment, is_rechecked=True, next_inquiry_at=clock.now(), inquiry_count=payment.inquiry_count + 1
    )  # the count makes whoever read it before look again: the index entry must not be lost
    return payments.replace(payment, asked)
