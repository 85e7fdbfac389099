"""What happens to an invoice, told over the fakes: paid, taken back, paid by two agencies' basket."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mizan.application.ports import InquiryOutcome, InquiryResult
from mizan.domain.events import Event, EventStream
from mizan.domain.invoices import Invoice, InvoiceEvent, changed
from mizan.domain.payments import Payment
from mizan.domain.references import track_id
from tests.fakes.events import Telling, invoice_key, payment_key
from tests.fakes.platform import a_creation
from tests.fakes.samples import AGENCY, a_line, a_payment, a_reference, an_invoice, captured

MINUTE = timedelta(minutes=1)


def an_issued_invoice(world: Telling, **changes: Any) -> Invoice:
    return world.create(a_creation(**changes))[0]


def a_paid_invoice(world: Telling) -> tuple[Invoice, Payment]:
    """Issued, an attempt started, captured two minutes later."""
    invoice = an_issued_invoice(world)
    world.clock.advance(MINUTE)
    payment, _ = world.start(invoice.reference)
    world.clock.advance(MINUTE)
    world.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    return invoice, world.resolver().resolve(payment)


def take_back(world: Telling, payment: Payment, outcome: InquiryOutcome = InquiryOutcome.REVERSED) -> Payment:
    """The gateway says at the confirming inquiry that it gave the money back."""
    world.clock.advance(3 * MINUTE)
    world.gateway.inquiries[track_id(payment.payment_id)] = InquiryResult(outcome, track_id(payment.payment_id))
    return world.resolver().resolve(payment)


def a_paid_basket(world: Telling) -> Payment:
    """One attempt over an invoice of two agencies each; the basket's reference is nobody's invoice."""
    mine = world.with_invoice(an_invoice(1, amount=4_000))
    theirs = world.with_invoice(an_invoice(2, amount=6_000, agency="health"))
    basket = a_payment(an_invoice(3, amount=10_000, agency="*"))
    payment = world.with_payment(replace(basket, agency="*", lines=(a_line(mine), a_line(theirs))))
    world.clock.advance(MINUTE)
    world.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    return world.resolver().resolve(payment)


def change(world: Telling, reference: str, event: InvoiceEvent, **changes: Any) -> Invoice:
    """The agency does something to its demand."""
    world.clock.advance(MINUTE)
    before = world.invoices.rows[reference]
    after = changed(before, event, world.clock.now(), **changes)
    world.invoices.rows[reference] = after
    return after


def publish_invoice(world: Telling, reference: str) -> list[Event]:
    world.publisher().publish(invoice_key(reference))
    return told(world, f"inv_{reference}")


def publish_payment(world: Telling, payment: Payment) -> list[Event]:
    world.publisher().publish(payment_key(payment.payment_id))
    return told(world, payment.payment_id)


def told(world: Telling, object_id: str, agency: str = AGENCY) -> list[Event]:
    return world.log.after(EventStream(object_id, agency), 0)


def document(event: Event) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(event.body)
    return found


FOREIGN = a_reference(2)
