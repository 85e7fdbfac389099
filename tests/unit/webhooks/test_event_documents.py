"""What an event says: the object right after it, exactly, however late it is published; and nothing about a person."""

from dataclasses import replace

import pytest

from mizan.application.ports import InquiryOutcome, InquiryResult
from mizan.domain.disputes import Dispute, DisputeEvent, DisputeState
from mizan.domain.event_documents import Related, agencies_of, event_of
from mizan.domain.headroom import Portion
from mizan.domain.history import Entry
from mizan.domain.invoices import InvoiceEvent
from mizan.domain.payments import Decline, Disposition
from mizan.domain.references import track_id
from mizan.domain.refunds import Beneficiary, Refund, RefundDestination, RefundEvent, RefundState, changed
from tests.fakes.clock import NOON
from tests.fakes.events import Telling
from tests.fakes.samples import AGENCY, AMOUNT, CUSTOMER, a_capture, a_reference, captured
from tests.unit.webhooks.stories import (
    FOREIGN,
    MINUTE,
    a_paid_basket,
    a_paid_invoice,
    an_issued_invoice,
    change,
    document,
    publish_invoice,
    publish_payment,
    take_back,
    told,
)


@pytest.fixture
def world() -> Telling:
    return Telling()


def test_payment_succeeded_says_what_an_agency_needs(world: Telling) -> None:
    """Serve with no second call: what was paid, what it was for, where it went, and what is still owed."""
    invoice, payment = a_paid_invoice(world)

    (event,) = publish_payment(world, payment)

    owed = {
        "reference": invoice.reference,
        "invoice_number": "2026-0001",
        "service": "cr-registration",
        "state": "paid",
        "amount": AMOUNT,
        "outstanding": 0,
        "currency": "BHD",
    }
    assert document(event) == {
        "id": f"evt_{payment.payment_id}_3_moic",
        "type": "payment.succeeded",
        "timestamp": "2026-03-01T09:02:00+00:00",
        "data": {
            "object": "payment",
            "object_id": payment.payment_id,
            "sequence": 3,
            "previous_sequence": None,
            "amount": AMOUNT,
            "payment": {
                "payment_id": payment.payment_id,
                "reference": invoice.reference,
                "state": "succeeded",
                "amount": AMOUNT,
                "currency": "BHD",
                "disposition": "allocated",
                "captured_at": "2026-03-01T09:02:00+00:00",
                "method": "debit_card",
                "gateway": "fake",
                "gateway_transaction": payment.capture.transaction if payment.capture else None,
                "decline": None,
                "lines": [
                    {
                        "reference": invoice.reference,
                        "amount": AMOUNT,
                        "shares": [{"disposition": "allocated", "amount": AMOUNT}],
                    }
                ],
            },
            "invoice": owed,
            "invoices": [],
        },
    }


def test_events_published_late_say_what_they_would_have_said_at_once(world: Telling) -> None:
    """Issued, amended, held, released, paid in part: each with the state and the amounts of its own moment."""
    invoice = an_issued_invoice(world)
    reference = invoice.reference
    change(world, reference, InvoiceEvent.AMEND, amount=9_000)
    world.invoices.rows[reference] = replace(world.invoices.rows[reference], amount=9_000, outstanding=9_000)
    change(world, reference, InvoiceEvent.HOLD)
    change(world, reference, InvoiceEvent.RELEASE)
    change(world, reference, InvoiceEvent.PAY_PART, amount=2_500, outstanding=6_500)
    change(world, reference, InvoiceEvent.PAY, amount=6_500, outstanding=0)
    change(world, reference, InvoiceEvent.REVERSE_PART, amount=6_500, outstanding=6_500)
    change(world, reference, InvoiceEvent.REVERSE, amount=2_500, outstanding=9_000)

    events = publish_invoice(world, reference)

    facts = [document(event)["data"]["invoice"] for event in events]
    said = [(one["state"], one["amount"], one["outstanding"]) for one in facts]
    assert [(event.type, *one) for event, one in zip(events, said, strict=True)] == [
        ("invoice.issued", "issued", AMOUNT, AMOUNT),
        ("invoice.amended", "issued", 9_000, 9_000),
        ("invoice.held", "held", 9_000, 9_000),
        ("invoice.released", "issued", 9_000, 9_000),
        ("invoice.partially_paid", "partially_paid", 9_000, 6_500),
        ("invoice.paid", "paid", 9_000, 0),
        ("invoice.reopened", "partially_paid", 9_000, 6_500),
        ("invoice.reopened", "issued", 9_000, 9_000),
    ]  # fmt: skip
    assert [document(event)["data"]["amount"] for event in events] == [
        AMOUNT, 9_000, None, None, 2_500, 6_500, 6_500, 2_500
    ]  # fmt: skip
    assert [document(event)["data"]["previous_sequence"] for event in events] == [None, 1, 2, 3, 4, 5, 6, 7]


def test_a_payments_event_shows_its_invoice_as_it_was_then(world: Telling) -> None:
    """Published after the money went back again: paid with the capture, owed again with the reversal."""
    invoice, payment = a_paid_invoice(world)
    reversed_payment = take_back(world, payment)

    succeeded, taken = publish_payment(world, reversed_payment)

    assert (succeeded.type, taken.type) == ("payment.succeeded", "payment.reversed")
    first, second = document(succeeded)["data"], document(taken)["data"]
    assert (first["invoice"]["state"], first["invoice"]["outstanding"]) == ("paid", 0)
    assert (second["invoice"]["state"], second["invoice"]["outstanding"]) == ("issued", AMOUNT)
    assert (first["payment"]["state"], second["payment"]["state"]) == ("succeeded", "reversed")
    assert (first["previous_sequence"], second["previous_sequence"]) == (None, 3)
    assert second["amount"] == AMOUNT
    assert told(world, f"inv_{invoice.reference}") == []


def test_of_a_basket_each_agency_hears_its_own_lines(world: Telling) -> None:
    """What another agency billed, and how much, is not its business."""
    payment = a_paid_basket(world)

    publish_payment(world, payment)

    (mine,), (theirs,) = (told(world, payment.payment_id, agency) for agency in (AGENCY, "health"))
    own, other = document(mine)["data"], document(theirs)["data"]
    assert (own["amount"], own["payment"]["amount"]) == (4_000, 4_000)
    assert (other["amount"], other["payment"]["amount"]) == (6_000, 6_000)
    assert [line["reference"] for line in own["payment"]["lines"]] == [a_reference(1)]
    assert own["invoice"]["reference"] == a_reference(1)
    assert FOREIGN not in mine.body.decode()
    assert a_reference(1) not in theirs.body.decode()
    assert mine.event_id != theirs.event_id


def test_what_moved_in_a_basket_and_cannot_be_told_apart_is_left_open(world: Telling) -> None:
    """The reversal's amount is both agencies' together: neither is told the other's."""
    payment = take_back(world, a_paid_basket(world))

    events = publish_payment(world, payment)

    assert [event.type for event in events] == ["payment.succeeded", "payment.reversed"]
    assert [document(event)["data"]["amount"] for event in events] == [4_000, None]


def test_a_decline_is_told_with_its_reason_in_both_languages(world: Telling) -> None:
    """For the counter and the call centre; nothing was captured."""
    invoice = an_issued_invoice(world)
    payment, _ = world.start(invoice.reference)
    track = track_id(payment.payment_id)
    decline = Decline("51", "Insufficient funds.", "الرصيد غير كافٍ.")
    world.gateway.inquiries[track] = InquiryResult(InquiryOutcome.DECLINED, track, decline=decline)

    (event,) = publish_payment(world, world.resolver().resolve(payment))

    facts = document(event)["data"]["payment"]
    assert (event.type, facts["state"], facts["amount"]) == ("payment.declined", "declined", AMOUNT)
    assert facts["decline"] == {"code": "51", "text": "Insufficient funds.", "text_ar": "الرصيد غير كافٍ."}
    assert (facts["captured_at"], facts["gateway_transaction"], facts["disposition"]) == (None, None, None)


def test_money_that_fits_nothing_is_told_as_suspended(world: Telling) -> None:
    """Another amount than asked: captured, in suspense, and the invoice is owed as before."""
    invoice = an_issued_invoice(world)
    payment, _ = world.start(invoice.reference)
    world.gateway.inquiries[track_id(payment.payment_id)] = captured(payment, a_capture(11_000))

    (event,) = publish_payment(world, world.resolver().resolve(payment))

    data = document(event)["data"]
    assert (event.type, data["amount"], data["payment"]["disposition"]) == ("payment.succeeded", 11_000, "suspended")
    assert (data["invoice"]["state"], data["invoice"]["outstanding"]) == ("issued", AMOUNT)


def test_a_superseded_invoice_names_its_successor_from_then_on(world: Telling) -> None:
    """Not in the event that issued it, though it is published after both."""
    invoice = an_issued_invoice(world)
    change(world, invoice.reference, InvoiceEvent.SUPERSEDE, superseded_by=a_reference(9))

    issued, superseded = publish_invoice(world, invoice.reference)

    assert document(issued)["data"]["invoice"]["superseded_by"] is None
    assert document(superseded)["data"]["invoice"]["superseded_by"] == a_reference(9)


def test_a_draft_is_its_agencys_own_until_it_is_issued(world: Telling) -> None:
    """Drafting is no event; issuing is."""
    invoice = an_issued_invoice(world, is_draft=True)
    change(world, invoice.reference, InvoiceEvent.ISSUE)

    (event,) = publish_invoice(world, invoice.reference)

    assert (event.type, event.sequence) == ("invoice.issued", 2)
    assert document(event)["data"]["invoice"]["state"] == "issued"


def a_refund() -> Refund:
    """BHD 2.500 back to an account, asked for, approved, sent, done."""
    refund = Refund(
        refund_id=f"rfd_{a_reference(1)}900001",
        payment_id=f"pay_{a_reference(1)}000000",
        payment_reference=a_reference(1),
        agency=AGENCY,
        portion=Portion(a_reference(1), Disposition.ALLOCATED, 2_500),
        currency="BHD",
        destination=RefundDestination.IBAN,
        state=RefundState.REQUESTED,
        reason="Maryam asked twice",
        maker="person-1",
        created_at=NOON,
        updated_at=NOON,
        next_inquiry_at=NOON,
        identity="identity-1",
        fingerprint="fingerprint-1",
        correlation_id="corr-1",
        beneficiary=Beneficiary("Maryam Ali", "BH67BMAG00001299123456"),
        history=(Entry(RefundEvent.REQUEST, NOON, 2_500, "person-1"),),
    )
    for event in (RefundEvent.APPROVE, RefundEvent.SEND, RefundEvent.COMPLETE):
        refund = changed(refund, event, refund.updated_at + MINUTE, actor="person-2")
    return replace(refund, transaction="rt-1")


def test_a_refund_is_told_step_by_step_without_its_beneficiary() -> None:
    """Amount and destination, state by state; the rail's id with its completion. No name, no account, no reason."""
    refund = a_refund()

    events = [
        event_of(refund, AGENCY, place, previous=place - 1 or None, related=Related(), published_at=NOON)
        for place in (1, 2, 3, 4)
    ]

    facts = [document(event)["data"]["refund"] for event in events]
    assert [event.type for event in events] == [
        "refund.requested",
        "refund.approved",
        "refund.sent",
        "refund.completed",
    ]
    assert [one["state"] for one in facts] == ["requested", "approved", "sending", "completed"]
    assert [one["gateway_transaction"] for one in facts] == [None, None, None, "rt-1"]
    assert {one["amount"] for one in facts} == {2_500}
    for personal in ("Maryam", "BH67BMAG00001299123456", "person-1", "person-2", "asked twice"):
        assert all(personal not in event.body.decode() for event in events)


def test_of_a_basket_payments_dispute_each_agency_hears_its_own_portions() -> None:
    """The bank disputes both agencies' money in one case."""
    world = Telling()
    payment = a_paid_basket(world)
    portions = tuple(Portion(line.reference, Disposition.ALLOCATED, line.amount) for line in payment.lines)
    dispute = Dispute(
        dispute_id=f"dsp_{payment.reference}000001",
        payment_id=payment.payment_id,
        payment_reference=payment.reference,
        agency="*",
        portions=portions,
        currency="BHD",
        state=DisputeState.NOTIFIED,
        case_number="CASE-1",
        reason="10.4",
        maker="person-1",
        created_at=NOON,
        updated_at=NOON,
        respond_by=NOON + MINUTE,
        identity="identity-1",
        fingerprint="fingerprint-1",
        correlation_id="corr-1",
        history=(Entry(DisputeEvent.NOTIFY, NOON, 10_000, "person-1"),),
    )
    world.payments.rows[payment.payment_id] = payment
    related = Related(payment=payment)

    events = {
        agency: event_of(dispute, agency, 1, previous=None, related=related, published_at=NOON)
        for agency in agencies_of(dispute, related)
    }

    assert sorted(events) == ["health", AGENCY]
    assert document(events[AGENCY])["data"]["amount"] == 4_000
    assert document(events["health"])["data"]["amount"] == 6_000
    assert FOREIGN not in events[AGENCY].body.decode()


def test_no_event_names_a_person(world: Telling) -> None:
    """Events leave the platform: nothing about the customer or about who acted is in them."""
    invoice, payment = a_paid_invoice(world)
    change(world, invoice.reference, InvoiceEvent.REVERSE, amount=AMOUNT, outstanding=AMOUNT, actor="person-7")

    events = publish_invoice(world, invoice.reference) + publish_payment(world, payment)

    bodies = [event.body.decode() for event in events]
    for personal in (CUSTOMER.name, CUSTOMER.name_ar, CUSTOMER.cpr, CUSTOMER.phone, CUSTOMER.email, "person-7"):
        assert personal
        assert all(personal not in body for body in bodies)
