"""The sweep finds what nobody told us: what is due to be asked about, and deliveries that a stream may have lost."""

from datetime import timedelta

import pytest

from mizan.application.ports import InquiryOutcome
from mizan.application.sweep_payments import DUE_COUNT_MAX, MARK, MINUTE_COUNT_MAX, SweepReport, sweep_payments
from mizan.domain.callbacks import CallbackKey
from mizan.domain.errors import GatewayUnavailableError
from mizan.domain.payments import Disposition, Payment, PaymentState
from mizan.domain.references import track_id
from mizan.domain.refunds import RefundState
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.refund_samples import a_refund
from tests.fakes.samples import a_callback, a_payment, an_invoice, captured, settled
from tests.fakes.store import FakeHighWaterMarks
from tests.fakes.voucher_samples import a_voucher
from tests.fakes.world import FakeWorkQueue

MINUTE = timedelta(minutes=1)


@pytest.fixture
def platform() -> Platform:
    return Platform()


def sweep(platform: Platform, queues: dict[str, FakeWorkQueue] | None = None) -> SweepReport:
    queues = queues or dict.fromkeys(("CB#", "PAY#", "RFD#", "VCH#"), platform.queue)
    return sweep_payments(
        payments=platform.payments,
        callbacks=platform.callbacks,
        marks=platform.marks,
        queue_of=queues.__getitem__,
        clock=platform.clock,
    )


def work(platform: Platform) -> list[Exception]:
    """As the worker does: each key on its own, those that fail come back with their error."""
    keys, platform.queue.sent, errors = platform.queue.sent, [], []
    for key in keys:
        try:
            platform.processor().process(key)
        except Exception as error:
            errors.append(error)
    return errors


def key_of(payment: Payment) -> CallbackKey:
    return CallbackKey(f"INV#{payment.reference}", f"PAY#{payment.payment_id}")


def test_an_attempt_that_is_due_is_asked_about_and_one_that_is_not_waits(platform: Platform) -> None:
    """A minute after its start, to the microsecond; the captured one is settled, BHD 12.500."""
    early = platform.with_payment(
        a_payment(platform.with_invoice(an_invoice(1)), created_at=NOON + timedelta(microseconds=1))
    )
    due = platform.with_payment(a_payment(platform.with_invoice(an_invoice(2))))
    platform.gateway.inquiries[track_id(due.payment_id)] = captured(due)
    platform.clock.advance(MINUTE)

    report = sweep(platform)
    errors = work(platform)

    assert (report, errors) == (SweepReport(due_count=1, requeued_count=0), [])
    assert platform.gateway.inquired == [track_id(due.payment_id)]
    assert platform.payments.rows[due.payment_id].state is PaymentState.SUCCEEDED
    assert platform.payments.rows[early.payment_id] == early
    assert platform.total() == 12_500


def test_the_sweep_itself_asks_no_gateway_and_moves_nothing(platform: Platform) -> None:
    """A slow gateway holds up its own worker, not the look for what is due."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    platform.clock.advance(MINUTE)

    sweep(platform)

    assert platform.queue.sent == [key_of(payment)]
    assert platform.gateway.inquired == []
    assert platform.payments.rows[payment.payment_id] == payment


def test_a_key_that_is_handed_over_twice_is_asked_about_once(platform: Platform) -> None:
    """Runs overlap and queues repeat: an attempt that was asked about since is left alone until it is due again."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    platform.gateway.fallback = InquiryOutcome.PENDING
    platform.clock.advance(MINUTE)
    sweep(platform)
    sweep(platform)

    errors = work(platform)

    assert errors == []
    assert platform.gateway.inquired == [track_id(payment.payment_id)]
    assert platform.payments.rows[payment.payment_id].next_inquiry_at == NOON + 2 * MINUTE


def test_an_attempt_without_an_answer_is_reported_and_does_not_stop_the_others(platform: Platform) -> None:
    """One gateway error, one capture: the first is due again in a minute, the second is settled."""
    stuck, fine = (platform.with_payment(a_payment(platform.with_invoice(an_invoice(n)), n)) for n in (1, 2))
    platform.gateway.inquiries[track_id(stuck.payment_id)] = GatewayUnavailableError("down")
    platform.gateway.inquiries[track_id(fine.payment_id)] = captured(fine)
    platform.clock.advance(MINUTE)

    report = sweep(platform)
    errors = work(platform)

    assert (report.due_count, [type(error) for error in errors]) == (2, [GatewayUnavailableError])
    assert platform.payments.rows[stuck.payment_id].next_inquiry_at == NOON + 2 * MINUTE
    assert platform.payments.rows[fine.payment_id].state is PaymentState.SUCCEEDED


def test_an_attempt_that_breaks_its_worker_holds_up_neither_attempts_nor_deliveries(platform: Platform) -> None:
    """A bug over one attempt is seen (its key comes back and alarms); everything else was handed over and done."""
    poison, fine = (platform.with_payment(a_payment(platform.with_invoice(an_invoice(n)), n)) for n in (1, 2))
    platform.gateway.inquiries[track_id(poison.payment_id)] = KeyError("not in the gateway's answer")
    platform.gateway.inquiries[track_id(fine.payment_id)] = captured(fine)
    key = platform.callbacks.record(a_callback(track_id(fine.payment_id).encode(), received_at=NOON))
    platform.clock.advance(3 * MINUTE)

    sweep(platform)
    handed_over = list(platform.queue.sent)
    errors = work(platform)

    assert handed_over == [key, key_of(poison), key_of(fine)]
    assert [(type(error), str(error)) for error in errors] == [(KeyError, '"not in the gateway\'s answer"')]
    assert platform.payments.rows[fine.payment_id].state is PaymentState.SUCCEEDED


def test_a_booked_capture_stays_due_until_it_is_confirmed(platform: Platform) -> None:
    """The gateway is asked once more two minutes after the booking; then nothing is due any more."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    platform.gateway.inquiries[track_id(payment.payment_id)] = captured(payment)
    platform.clock.advance(MINUTE)
    counts = []

    for _ in range(4):
        counts.append(sweep(platform).due_count)
        work(platform)
        platform.clock.advance(MINUTE)

    assert counts == [1, 1, 1, 0]
    assert platform.payments.rows[payment.payment_id].is_final
    assert len(platform.gateway.inquired) == 2
    assert platform.total() == 12_500


def test_an_overpayment_that_waited_for_a_year_is_set_aside_by_the_same_way(platform: Platform) -> None:
    """Not a microsecond before 365 days from its capture; the gateway is not asked, the money moves in the books."""
    payment = settled(a_payment(platform.with_invoice()), Disposition.OVERPAID, is_final=True)
    platform.with_payment(payment)
    platform.clock.instant = NOON + timedelta(minutes=2, days=365, microseconds=-1)

    too_early = sweep(platform).due_count
    platform.clock.advance(timedelta(microseconds=1))
    on_time = sweep(platform).due_count
    errors = work(platform)

    assert (too_early, on_time, errors, platform.gateway.inquired) == (0, 1, [], [])
    (entry,) = platform.journal.rows.values()
    assert [(row.debit, row.credit, row.amount) for row in entry.postings] == [
        ("overpayment:moic", "dormant:moic", 12_500)
    ]
    assert sweep(platform).due_count == 0


def test_a_run_hands_over_a_bounded_number_of_each_shard(platform: Platform) -> None:
    """625 keys per shard; what is left is due in the next run, once those before it have moved on."""
    serials = [8 * number for number in range(DUE_COUNT_MAX + 5)]
    for serial in serials:
        platform.with_payment(a_payment(platform.with_invoice(an_invoice(serial)), serial))
    platform.gateway.fallback = InquiryOutcome.CANCELLED
    platform.clock.advance(MINUTE)

    first = sweep(platform).due_count
    work(platform)
    second = sweep(platform).due_count

    assert (first, second) == (625, 5)


def test_each_key_goes_to_the_queue_of_its_kind(platform: Platform) -> None:
    """Attempts and deliveries to the settling worker, refunds and vouchers to theirs; each queue has only its own."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    refund = a_refund(payment, state=RefundState.UNKNOWN)
    platform.books.refunds[refund.refund_id] = refund
    voucher = a_voucher(expires_at=NOON)
    platform.books.vouchers[voucher.voucher_id] = voucher
    delivery = platform.callbacks.record(a_callback(received_at=NOON))
    platform.clock.advance(3 * MINUTE)
    queues = {prefix: FakeWorkQueue() for prefix in ("CB#", "PAY#", "RFD#", "VCH#")}

    sweep(platform, queues)

    assert {prefix: queue.sent for prefix, queue in queues.items()} == {
        "CB#": [delivery],
        "PAY#": [key_of(payment)],
        "RFD#": [CallbackKey(f"INV#{refund.payment_reference}", f"RFD#{refund.refund_id}")],
        "VCH#": [CallbackKey(voucher.voucher_id, f"VCH#{voucher.voucher_id}")],
    }


def test_a_queue_that_refuses_due_keys_fails_the_run_and_they_are_due_again(platform: Platform) -> None:
    """Nothing is marked as handed over: what was not taken is found by the next run."""
    payment = platform.with_payment(a_payment(platform.with_invoice()))
    platform.clock.advance(MINUTE)
    platform.queue.is_refusing = True

    with pytest.raises(RuntimeError):
        sweep(platform)
    platform.queue.is_refusing = False
    sweep(platform)

    assert platform.queue.sent == [key_of(payment)]


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
