"""Have a gateway asked about an attempt once more, whatever its state: somebody contradicts what is stored."""

from dataclasses import replace

from mizan.application.ports import Clock, PaymentRepository
from mizan.domain.payments import PAYMENT_STATES, Payment, PaymentEvent, PaymentState


def recheck_payment(payment: Payment, *, payments: PaymentRepository, clock: Clock) -> bool:
    """Make it due at once; the sweep hands it on, the resolver asks and books what it hears.

    False where it is asked about anyway, nothing can change any more, or somebody else moved it just now.
    """
    is_changeable = payment.state is PaymentState.SUCCEEDED or PAYMENT_STATES.allows(
        payment.state, PaymentEvent.CAPTURE
    )
    if payment.is_open or not is_changeable:
        return False
    return payments.replace(payment, replace(payment, is_rechecked=True, next_inquiry_at=clock.now()))
