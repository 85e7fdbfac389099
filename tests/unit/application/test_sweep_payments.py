"""The sweep finds what nobody told us: open outcomes that are due, and deliveries that a stream may have lost."""

from datetime import timedelta

import pytest

from mizan.application.ports import InquiryOutcome
from mizan.application.sweep_payments import (
    INQUIRY_COUNT_MAX,
    MARK,
    MINUTE_COUNT_MAX,
    SweepReport,
    sweep_payments,
)
from mizan.domain.errors import GatewayUnavailableError
from mizan.domain.payments import PaymentState
from mizan.domain.references import track_id
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import a_callback, a_payment, an_invoice, captured
from tests.fakes.store import FakeHighWaterMarks

MINUTE = timedelta(minutes=1)


@pytest.fixture
def platform() -> Platform:
    return Platform()


def sweep(platform: Platform) -> SweepReport:
    return sweep_payments(
        payments=platform.payments,
        callbacks=platform.callbacks,
        marks=platform.marks,
        queue=platform.queue,
        resolver=platform.resolver(),
        clock=platform.clock,
    )


def test_an_attempt_that_is_due_is_asked_about_and_one_that_is_not_waits(platform: Platform) -> None:
    """A minute after its start, to the microsecond; the captured one is settled, BHD 12.500."""
    early = platform.with_payment(a_payment(platform.with_invoice(an_invoice(1)), created_at=NOON + MINUTE))
    due = platform.with_payment(a_payment(platform.with_invoice(an_invoice(2))))
    platform.gateway.inquiries[track_id(due.payment_id)] = captured(due)
    platform.clock.advance(MINUTE)

    report = sweep(platform)

    assert report == SweepReport(inquired_count=1, resolved_count=1, failed_ids=(), requeued_count=0)
    assert platform.gateway.inquired == [track_id(due.payment_id)]
    assert platform.payments.rows[due.payment_id].state is PaymentState.SUCCEEDED
    assert platform.payments.rows[early.payment_id] == early
    assert platform.total() == 12_500


def test_an_attempt_without_an_answer_is_reported_and_does_not_stop_the_others(platform: Platform) -> None:
    """One gateway error, one capture: both are in the report, and the first is due again in a minute."""
    stuck, fine = (platform.with_payment(a_payment(platform.with_invoice(an_invoice(n)), n)) for n in (1, 2))
    platform.gateway.inquiries[track_id(stuck.payment_id)] = GatewayUnavailableError("down")
    platform.gateway.inquiries[track_id(fine.payment_id)] = captured(fine)
    platform.clock.advance(MINUTE)

    report = sweep(platform)

    assert (report.inquired_count, report.resolved_count, report.failed_ids) == (2, 1, (stuck.payment_id,))
    assert platform.payments.rows[stuck.payment_id].next_inquiry_at == NOON + 2 * MINUTE


def test_an_attempt_that_breaks_the_sweep_is_raised_after_everything_else_was_done(platform: Platform) -> None:
    """A bug over one attempt is seen (the run fails and alarms) but holds up neither attempts nor deliveries."""
    poison, fine = (platform.with_payment(a_payment(platform.with_invoice(an_invoice(n)), n)) for n in (1, 2))
    platform.gateway.inquiries[track_id(poison.payment_id)] = KeyError("not in the gateway's answer")
    platform.gateway.inquiries[track_id(fine.payment_id)] = captured(fine)
    key = platform.callbacks.record(a_callback(received_at=NOON))
    platform.clock.advance(3 * MINUTE)

    with pytest.raises(ExceptionGroup) as caught:
        sweep(platform)

    assert caught.group_contains(KeyError, match="not in the gateway's answer")
    assert platform.payments.rows[fine.payment_id].state is PaymentState.SUCCEEDED
    assert platform.queue.sent == [key]


def test_a_run_asks_about_a_bounded_number_of_attempts(platform: Platform) -> None:
    """200 inquiries; what is left is due in the next run."""
    for number in range(INQUIRY_COUNT_MAX + 5):
        platform.with_payment(a_payment(platform.with_invoice(an_invoice(number)), number))
    platform.gateway.fallback = InquiryOutcome.CANCELLED
    platform.clock.advance(MINUTE)

    first, second = sweep(platform), sweep(platform)

    assert (first.inquired_count, second.inquired_count) == (200, 5)


def test_a_delivery_that_the_stream_lost_is_handed_to_the_queue(platform: Platform) -> None:
    """Swept once its minute and one more have passed, and not before; then never again."""
    key = platform.callbacks.record(a_callback(received_at=NOON + timedelta(seconds=59, microseconds=999_999)))
    platform.clock.advance(2 * MINUTE - timedelta(microseconds=1))

    too_early = sweep(platform)
    platform.clock.advance(timedelta(microseconds=1))
    on_time = sweep(platform)
    again = sweep(platform)

    assert (too_early.requeued_count, on_time.requeued_count, again.requeued_count) == (0, 1, 0)
    assert platform.queue.sent == [key]
    assert platform.marks.rows[MARK] == NOON + MINUTE


def test_no_minute_is_skipped_between_runs(platform: Platform) -> None:
    """A delivery a minute over three hours, with the sweep down for most of it: each is handed over exactly once."""
    sweep(platform)
    keys = [platform.callbacks.record(a_callback(received_at=NOON + number * MINUTE)) for number in range(180)]
    platform.clock.advance(200 * MINUTE)

    counts = [sweep(platform).requeued_count for _ in range(3)]

    assert counts == [MINUTE_COUNT_MAX - 1, 61, 0]
    assert platform.queue.sent == keys


def test_a_queue_that_refuses_holds_the_mark(platform: Platform) -> None:
    """The minute is swept again next time: nothing is called done that was not handed over."""
    key = platform.callbacks.record(a_callback(received_at=NOON))
    platform.clock.advance(3 * MINUTE)
    platform.queue.is_refusing = True

    with pytest.raises(RuntimeError):
        sweep(platform)
    mark = platform.marks.rows.get(MARK)
    platform.queue.is_refusing = False
    sweep(platform)

    assert mark is None or mark <= NOON
    assert platform.queue.sent == [key]


class MovedByAnother(FakeHighWaterMarks):
    """Another run moves the mark first, once."""

    def advance(self, name: str, seen: object, mark: object) -> bool:
        return False


def test_two_runs_at_the_same_time_do_not_fight(platform: Platform) -> None:
    """The run that loses the mark stops sweeping: a delivery may be handed over twice, never not at all."""
    platform.marks = MovedByAnother()
    platform.marks.rows[MARK] = NOON
    key = platform.callbacks.record(a_callback(received_at=NOON))
    platform.callbacks.record(a_callback(b"2", received_at=NOON + MINUTE))
    platform.clock.advance(5 * MINUTE)

    report = sweep(platform)

    assert report.requeued_count == 1
    assert platform.queue.sent == [key]
