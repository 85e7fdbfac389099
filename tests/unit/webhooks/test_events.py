"""What an event says, and that a receiver with the public library believes it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from mizan.domain.payments import Disposition
from mizan.domain.webhooks import WebhookEvent, encode_secret, payment_succeeded, retry_delay, signed_headers
from tests.fakes.samples import AMOUNT, CUSTOMER, an_invoice
from tests.unit.webhooks.fakes import a_transaction, an_endpoint

SECRET = encode_secret(b"k" * 32)


def test_event_tells_the_payment_and_the_invoice_in_fils() -> None:
    """The agency's books need no second call: what was paid, what it was for, and what is still owed."""
    invoice = an_invoice()
    transaction = a_transaction(invoice)

    event = payment_succeeded(transaction, Disposition.ALLOCATED, invoice)

    assert json.loads(event.body) == {
        "id": f"evt_cap_{transaction.payment_id}",
        "type": "payment.succeeded",
        "timestamp": "2026-03-01T09:00:00+00:00",
        "data": {
            "payment": {
                "payment_id": transaction.payment_id,
                "reference": invoice.reference,
                "amount": AMOUNT,
                "currency": "BHD",
                "disposition": "allocated",
                "captured_at": "2026-03-01T09:00:00+00:00",
                "gateway": "fake",
                "gateway_transaction": "gt-0",
            },
            "invoice": {
                "reference": invoice.reference,
                "invoice_number": "INV-1",
                "state": "issued",
                "amount": AMOUNT,
                "outstanding": AMOUNT,
            },
        },
    }


def test_event_names_nobody() -> None:
    """Webhooks leave the platform: nothing about the customer is in them."""
    invoice = an_invoice()

    body = payment_succeeded(a_transaction(invoice), Disposition.ALLOCATED, invoice).body.decode()

    for personal in (CUSTOMER.name, CUSTOMER.name_ar, CUSTOMER.cpr, CUSTOMER.phone, CUSTOMER.email):
        assert personal
        assert personal not in body


def test_public_library_verifies_what_is_signed() -> None:
    """Agencies verify with any Standard Webhooks library."""
    event = payment_succeeded(a_transaction(), Disposition.ALLOCATED, an_invoice())

    headers = signed_headers(SECRET, event, datetime.now(UTC))

    assert Webhook(SECRET).verify(event.body, dict(headers))["id"] == event.event_id


def test_public_library_refuses_a_changed_byte_and_an_old_attempt() -> None:
    """A signature covers every byte and the attempt's time: neither a changed amount nor a replay passes."""
    event = payment_succeeded(a_transaction(), Disposition.ALLOCATED, an_invoice())
    headers = dict(signed_headers(SECRET, event, datetime.now(UTC)))
    old = dict(signed_headers(SECRET, event, datetime.now(UTC) - timedelta(minutes=6)))
    receiver = Webhook(SECRET)

    with pytest.raises(WebhookVerificationError):
        receiver.verify(event.body.replace(b"12500", b"92500"), headers)
    with pytest.raises(WebhookVerificationError):
        receiver.verify(event.body, old)


def test_known_vector_of_the_specification_signs_alike() -> None:
    """The example of the specification's own libraries: id, timestamp, payload and signature are published."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    instant = datetime.fromtimestamp(1614265330, UTC)
    event = WebhookEvent("msg_p5jXN8AQM9LWM0D4loKWxJek", "test", "moic", instant, b'{"test": 2432232314}')

    headers = signed_headers(secret, event, instant)

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_attempts_reach_over_two_days_before_the_queue_gives_up() -> None:
    """5 seconds, doubling to twelve hours; 18 receipts (the template's redrive policy) last more than 48 hours."""
    waits = [retry_delay(attempt) for attempt in range(1, 18)]

    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (5, 10, 20, 40)]
    assert max(waits) < timedelta(hours=12)
    assert timedelta(hours=48) < sum(waits, timedelta()) < timedelta(days=3)


def test_secret_is_in_no_repr() -> None:
    """What is logged by accident must not let anybody sign."""
    endpoint = an_endpoint()

    assert endpoint.secret not in repr(endpoint)
