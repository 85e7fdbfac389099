"""Deliveries: kept first, judged later, never trusted, never retried for ever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.application.dispatch_changes import Route, dispatch_changes
from mizan.application.ports import InquiryOutcome
from mizan.application.receive_callback import receive_callback
from mizan.domain.callbacks import BODY_BYTES_MAX, CallbackKey, RawCallback
from mizan.domain.errors import NotFoundError, OutcomeUnknownError
from mizan.domain.payments import Payment, PaymentState
from mizan.domain.references import track_id
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import ACCOUNT, TOKEN, a_callback, a_payment, captured
from tests.fakes.world import FakeWorkQueue


@pytest.fixture
def platform() -> Platform:
    return Platform()


def with_delivery(platform: Platform, callback: RawCallback) -> CallbackKey:
    return platform.callbacks.record(callback)


def with_pending_payment(platform: Platform) -> tuple[Payment, bytes]:
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    return payment, track_id(payment.payment_id).encode()


@pytest.mark.parametrize("body", [b"", b"\x00\xff not text", b"x" * BODY_BYTES_MAX])
def test_a_delivery_is_kept_byte_for_byte(platform: Platform, body: bytes) -> None:
    """Raw bytes as they came, with address, channel and instant; even from a token that nobody gave out."""
    key = receive_callback(
        gateway="fake",
        account_token="unknown-token",
        channel="error",
        body=body,
        content_type="text/plain",
        correlation_id="corr-7",
        callbacks=platform.callbacks,
        clock=platform.clock,
    )

    assert platform.callbacks.rows == {
        key: RawCallback("fake", "unknown-token", "error", body, "text/plain", NOON, "corr-7", is_truncated=False)
    }


def test_an_oversized_delivery_is_cut_and_marked(platform: Platform) -> None:
    """64,000 bytes are kept; one more and the rest is dropped, which the record says."""
    key = receive_callback(
        gateway="fake",
        account_token=TOKEN,
        channel="notification",
        body=b"1" * (BODY_BYTES_MAX + 1),
        content_type="x" * 500,
        correlation_id="corr-7",
        callbacks=platform.callbacks,
        clock=platform.clock,
    )

    kept = platform.callbacks.rows[key]
    assert (len(kept.body), kept.is_truncated, len(kept.content_type)) == (BODY_BYTES_MAX, True, 200)


@pytest.mark.parametrize("channel", ["notification", "error", "return"])
def test_a_delivery_only_triggers_an_inquiry_whatever_its_channel(platform: Platform, channel: str) -> None:
    """An error page's post never fails a captured attempt: the inquiry is what counts, and it says captured."""
    payment, body = with_pending_payment(platform)
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    key = with_delivery(platform, a_callback(body, channel=channel))

    after = platform.processor().process(key)

    assert after is not None
    assert after.state is PaymentState.SUCCEEDED
    assert platform.gateway.inquired == [track_id(payment.payment_id)]
    assert platform.total() == 12_500


def test_a_delivery_that_claims_success_settles_nothing_alone(platform: Platform) -> None:
    """The gateway, asked, knows of no such payment: the attempt stays open and the books stay empty."""
    payment, body = with_pending_payment(platform)
    platform.gateway.fallback = InquiryOutcome.NOT_FOUND

    after = platform.processor().process(with_delivery(platform, a_callback(body)))

    assert after is not None
    assert after.state is PaymentState.PENDING
    assert platform.payments.rows[payment.payment_id].state is PaymentState.PENDING
    assert platform.total() == 0


def test_a_replayed_delivery_changes_nothing_the_second_time(platform: Platform) -> None:
    """Processed five times, booked once: BHD 12.500."""
    payment, body = with_pending_payment(platform)
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    key = with_delivery(platform, a_callback(body))

    results = [platform.processor().process(key) for _ in range(5)]

    assert results == [platform.payments.rows[payment.payment_id]] * 5
    assert len(platform.gateway.inquired) == 1
    assert platform.total() == 12_500


FOREIGN = replace(ACCOUNT, token="tok-health", agency="health", account_id="acc-2")


@pytest.mark.parametrize(
    ("callback", "reason"),
    [
        (a_callback(account_token="nobody"), "unknown_account"),
        (a_callback(account_token=""), "unknown_account"),
        (a_callback(gateway="other"), "unknown_account"),
        (a_callback(b"1" * 24, is_truncated=True), "too_large"),
        (a_callback(b"trandata=forged"), "undecryptable"),
        (a_callback(b""), "undecryptable"),
        (a_callback(b"123"), "unknown_payment"),
        (a_callback(b"9" * 24), "unknown_payment"),
        (a_callback(track_id(a_payment(serial=777).payment_id).encode()), "unknown_payment"),
        (a_callback(track_id(a_payment().payment_id).encode(), account_token="tok-health"), "unknown_payment"),
    ],
    ids=[
        "unknown token",
        "empty token",
        "another gateway's address",
        "truncated",
        "forged",
        "empty",
        "short track",
        "foreign track",
        "an attempt that never was",
        "through another account",
    ],
)
def test_a_bad_delivery_is_set_aside_with_its_reason_and_moves_nothing(
    platform: Platform, callback: RawCallback, reason: str
) -> None:
    """Quarantined once however often it is processed; the raw record stays; no inquiry, no state change."""
    payment, _ = with_pending_payment(platform)
    platform.accounts.rows[FOREIGN.token] = FOREIGN
    key = with_delivery(platform, callback)

    results = [platform.processor().process(key) for _ in range(2)]

    assert results == [None, None]
    assert platform.callbacks.quarantined == {key: (callback, reason)}
    assert platform.callbacks.rows[key] == callback
    assert platform.gateway.inquired == []
    assert platform.payments.rows[payment.payment_id] == payment


def test_a_retired_accounts_deliveries_are_still_read(platform: Platform) -> None:
    """Its callbacks still come after the agency has changed accounts."""
    payment, body = with_pending_payment(platform)
    platform.accounts.rows[TOKEN] = replace(ACCOUNT, is_active=False)
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)

    after = platform.processor().process(with_delivery(platform, a_callback(body)))

    assert after is not None
    assert after.state is PaymentState.SUCCEEDED


def test_a_gateway_without_an_answer_leaves_the_delivery_to_be_processed_again(platform: Platform) -> None:
    """The error goes up, the queue brings it back; it is not poison and not quarantined."""
    payment, body = with_pending_payment(platform)
    platform.gateway.inquiries[track_id(payment.payment_id)] = OutcomeUnknownError("timed out")
    key = with_delivery(platform, a_callback(body))

    with pytest.raises(OutcomeUnknownError):
        platform.processor().process(key)
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    after = platform.processor().process(key)

    assert after is not None
    assert after.state is PaymentState.SUCCEEDED
    assert platform.callbacks.quarantined == {}


def test_a_key_without_a_delivery_is_an_error(platform: Platform) -> None:
    """A queue message that names nothing is not silently dropped."""
    with pytest.raises(NotFoundError, match="callback"):
        platform.processor().process(CallbackKey("CB#202603010900#0", "nothing"))


def test_changes_go_to_the_queue_of_their_prefix() -> None:
    """New deliveries to settling, changed objects to the publisher, refunds to their worker as well, each once; the
    rest nowhere, and a queue without work is not made.
    """
    settle, objects, refunds = FakeWorkQueue(), FakeWorkQueue(), FakeWorkQueue()
    made: list[str] = []

    def make(name: str, queue: FakeWorkQueue) -> FakeWorkQueue:
        made.append(name)
        return queue

    routes = [
        Route("CB#", lambda: make("settle", settle)),
        Route("INV#", lambda: make("objects", objects), ("HEAD", "RFD#")),
        Route("INV#", lambda: make("refunds", refunds), ("RFD#",)),
        Route("DLV#", lambda: make("never", FakeWorkQueue())),
    ]
    refund = ("INV#1", "RFD#1")
    written = [("CB#1", "a"), ("INV#1", "HEAD"), ("INV#1", "HEAD"), ("INV#1", "QTE#1"), ("JRN#1", "b"), refund, refund]
    count = dispatch_changes(written, routes=routes)

    assert count == 4
    assert settle.sent == [CallbackKey("CB#1", "a")]
    assert objects.sent == [CallbackKey("INV#1", "HEAD"), CallbackKey("INV#1", "RFD#1")]
    assert refunds.sent == [CallbackKey("INV#1", "RFD#1")]
    assert sorted(made) == ["objects", "refunds", "settle"]


def test_a_queue_that_refuses_makes_the_batch_come_again() -> None:
    """At least once: what is not handed over is not called done."""
    queue = FakeWorkQueue()
    queue.is_refusing = True

    with pytest.raises(RuntimeError):
        dispatch_changes([("CB#1", "a")], routes=[Route("CB#", lambda: queue)])


def test_the_same_bytes_in_another_instant_are_kept_apart(platform: Platform) -> None:
    """Every delivery is evidence; effects are de-duplicated by the state machine, not by dropping records."""
    first = with_delivery(platform, a_callback())
    second = with_delivery(platform, a_callback(received_at=NOON + timedelta(minutes=2, microseconds=1)))

    assert first != second
    assert len(platform.callbacks.rows) == 2


def test_headers_are_kept_with_the_delivery_and_cut_where_they_are_too_long(platform: Platform) -> None:
    """A signature in a header is part of what was said; what nobody signs with that length is no signature."""
    key = receive_callback(
        gateway="fake",
        account_token="tok-moic-1",
        channel="notification",
        body=b"{}",
        content_type="application/json",
        correlation_id="corr-8",
        headers={"x-signature": "abc", "x-long": "z" * 5_000},
        callbacks=platform.callbacks,
        clock=platform.clock,
    )

    kept = platform.callbacks.get(key)
    assert kept is not None
    assert kept.headers == {"x-signature": "abc", "x-long": "z" * 2_000}
