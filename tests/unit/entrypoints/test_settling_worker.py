"""The settling worker's function: each message on its own, and what comes back to the queue is what failed."""

import json
from typing import Any

import pytest

from functions.settle_payment.handler import lambda_handler
from mizan import bootstrap
from mizan.domain.callbacks import CallbackKey
from mizan.domain.errors import GatewayUnavailableError
from mizan.domain.payments import Payment, PaymentState
from mizan.domain.references import track_id
from tests.fakes.platform import Platform
from tests.fakes.samples import a_callback, a_payment, an_invoice, captured


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Platform:
    platform = Platform()
    monkeypatch.setattr(bootstrap, "callback_processor", platform.processor)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Mizan")
    platform.clock.advance(a_payment().next_inquiry_at - platform.clock.now())
    return platform


class Context:
    """What Lambda says of itself."""

    function_name = "settle_payment"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:me-south-1:000000000000:function:settle_payment"
    aws_request_id = "request-1"


def work(*keys: CallbackKey) -> list[str]:
    """The message ids that come back, of messages named 0, 1, 2 …"""
    records: list[dict[str, Any]] = [
        {
            "messageId": str(at),
            "receiptHandle": "handle",
            "body": json.dumps({"pk": key.pk, "sk": key.sk}),
            "attributes": {},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:me-south-1:000000000000:settle",
            "awsRegion": "me-south-1",
        }
        for at, key in enumerate(keys)
    ]
    answer = lambda_handler({"Records": records}, Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def attempt(platform: Platform, number: int, answer: Exception | None = None) -> tuple[Payment, CallbackKey]:
    payment = platform.with_payment(a_payment(platform.with_invoice(an_invoice(number)), number))
    platform.gateway.inquiries[track_id(payment.payment_id)] = answer or captured(payment)
    return payment, CallbackKey(f"INV#{payment.reference}", f"PAY#{payment.payment_id}")


def test_deliveries_and_due_attempts_are_settled_and_nothing_comes_back(platform: Platform) -> None:
    """One of each: both succeeded, BHD 25.000 in the books."""
    by_delivery, _ = attempt(platform, 1)
    due, key = attempt(platform, 2)
    delivery = platform.callbacks.record(a_callback(track_id(by_delivery.payment_id).encode()))

    assert work(delivery, key) == []

    states = [platform.payments.rows[payment.payment_id].state for payment in (by_delivery, due)]
    assert states == [PaymentState.SUCCEEDED] * 2
    assert platform.total() == 25_000


def test_one_poisoned_message_comes_back_alone(platform: Platform) -> None:
    """A bug over one attempt and a key that names nothing: both come back, those around them are done."""
    _, poison = attempt(platform, 1, KeyError("not in the gateway's answer"))
    fine, key = attempt(platform, 2)
    nothing = CallbackKey("CB#202603010900#0", "nothing")

    assert work(poison, key, nothing) == ["0", "2"]

    assert platform.payments.rows[fine.payment_id].state is PaymentState.SUCCEEDED


def test_a_due_attempt_without_an_answer_is_left_to_the_sweep_and_a_delivery_comes_back(platform: Platform) -> None:
    """The attempt's next inquiry is scheduled, so its message is done; a delivery has no other way to come again."""
    stuck, key = attempt(platform, 1, GatewayUnavailableError("down"))
    delivery = platform.callbacks.record(a_callback(track_id(stuck.payment_id).encode()))

    assert work(key, delivery) == ["1"]

    stored = platform.payments.rows[stuck.payment_id]
    assert (stored.state, stored.inquiry_count) == (PaymentState.PENDING, 1)
    assert stored.next_inquiry_at > platform.clock.now()


def test_a_delivery_that_is_set_aside_does_not_come_back(platform: Platform) -> None:
    """It is kept with its reason; retrying would change nothing."""
    delivery = platform.callbacks.record(a_callback(b"forged"))

    assert work(delivery) == []

    assert [reason for _, reason in platform.callbacks.quarantined.values()] == ["undecryptable"]
