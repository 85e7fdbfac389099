"""The scheduled run: which days, what it writes, and what a repeat, a crash or a second worker can do."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mizan.domain.payments import PaymentState
from mizan.domain.reconciliation.control import RunStatus, Totals, Verdict
from mizan.domain.reconciliation.entries import Action
from mizan.domain.reconciliation.runs import SourceStatus
from tests.fakes.reconciliation import CrashError
from tests.fakes.samples import ACCOUNT
from tests.unit.reconciliation.samples import AMOUNT, DAY, MORNING, a_line
from tests.unit.reconciliation.world import NEXT_NIGHT, ReconciliationWorld


@pytest.fixture
def world() -> ReconciliationWorld:
    return ReconciliationWorld()


def test_a_day_that_agrees_is_reconciled(world: ReconciliationWorld) -> None:
    """Both sides name the same two payments: PASS, nothing to explain, every fils counted on both sides."""
    world.capture(1, 2)
    world.deliver([a_line(1, 2), a_line(2, 3)])

    run = world.run_of_day()

    assert run.outcome.status is RunStatus.RECONCILED
    assert run.outcome.control is Verdict.PASS
    assert run.outcome.platform.input == run.outcome.gateway_side.matched == Totals(2, 2 * AMOUNT)
    assert world.reasons(run) == []
    assert len(world.document(run)["matched"]) == 2


def test_every_kind_of_difference_is_named_and_both_sides_still_tie(world: ReconciliationWorld) -> None:
    """One of each: the report names them and matched + exceptions is the input, in rows and in fils."""
    world.capture(1, 2, 3, 4, 5, 7)
    world.know(6, PaymentState.DECLINED)
    world.know(8, PaymentState.SUCCEEDED)
    lines = [
        a_line(1, 2),
        a_line(2, 3, amount=AMOUNT + 1),
        a_line(3, 4, amount=AMOUNT - 1),
        a_line(4, 5, track_id="9" * 24),
        a_line(6, 6),
        a_line(7, 7),
        a_line(7, 8, tran_id="777", gateway_payment="778"),
        a_line(8, 9),
        a_line(9, 10),
        a_line(1, 11, action=Action.REFUND, rrn="55"),
    ]
    world.deliver(lines)

    run = world.run_of_day()

    assert sorted(world.reasons(run)) == [
        "AMOUNT_OVER",
        "AMOUNT_UNDER",
        "DUPLICATE_AT_GATEWAY",
        "LATE",
        "MISSING_AT_GATEWAY",
        "MISSING_IN_PLATFORM",
        "REFUND_UNMATCHED",
        "REF_REPAIRED",
        "STATUS_MISMATCH",
    ]
    assert run.outcome.status is RunStatus.EXCEPTIONS
    assert run.outcome.control is Verdict.PASS
    assert run.outcome.platform.matched == Totals(2, 2 * AMOUNT)
    assert run.outcome.platform.exceptions == Totals(4, 4 * AMOUNT)
    assert run.outcome.gateway_side.input == Totals(10, 9 * AMOUNT - AMOUNT)


def test_an_exception_carries_both_sides_references_and_the_agencys_correlation_id(world: ReconciliationWorld) -> None:
    """Finance follows a difference to the agency's own call and to the gateway's transaction."""
    world.capture(1)
    world.deliver([a_line(1, 2, amount=AMOUNT - 400)])

    (exception,) = world.document(world.run_of_day())["exceptions"]

    assert exception["reason"] == "AMOUNT_UNDER"
    assert exception["correlation_id"] == "corr-1"
    assert exception["payment_id"].endswith("000001")
    assert exception["gateway_transaction"] == "9000000001"
    assert exception["rrn"] == "000000000001"
    assert (exception["platform_amount"], exception["gateway_amount"]) == (AMOUNT, AMOUNT - 400)
    assert exception["difference"] == -400
    assert exception["text_ar"]
    assert exception["next_action_ar"]


def test_a_payment_that_the_platform_voided_agrees_with_its_two_lines(world: ReconciliationWorld) -> None:
    """The gateway shows a purchase and its void, our books show nothing: both say that no money moved."""
    world.know(1, PaymentState.VOIDED)
    world.deliver([a_line(1, 2), a_line(1, 3, action=Action.VOID)])

    run = world.run_of_day()

    assert run.outcome.status is RunStatus.RECONCILED
    assert run.outcome.gateway_side.matched == Totals(2, 0)


def test_a_capture_that_the_gateway_voided_is_a_difference_of_state(world: ReconciliationWorld) -> None:
    """We hold money in the books that the gateway gave back."""
    world.capture(1)
    world.deliver([a_line(1, 2), a_line(1, 3, action=Action.VOID)])

    run = world.run_of_day()

    assert world.reasons(run) == ["STATUS_MISMATCH"]
    assert run.outcome.gateway_side.exceptions == Totals(2, 0)
    assert run.outcome.platform.exceptions == Totals(1, AMOUNT)


def test_the_payloads_time_and_an_idle_schedule_write_nothing(world: ReconciliationWorld) -> None:
    """A run while nothing is new changes no object, no record and takes no lease."""
    world.capture(1)
    world.deliver([a_line(1, 2)])
    world.run()
    world.store.changes.clear()
    fence = world.lease.fence

    report = world.run()

    assert (report.runs, report.unchanged, report.is_busy) == ([], [], False)
    assert world.store.changes == []
    assert world.lease.fence == fence


def test_a_day_without_a_file_waits_and_is_overdue_after_the_next_working_day(world: ReconciliationWorld) -> None:
    """DAY is a Sunday: until the end of Monday the gateway has time; then the same capture is missing and
    the control fails, in a new run: captures without any file are not reconciled.
    """
    world.capture(1)
    world.clock.instant = NEXT_NIGHT
    first = world.run_of_day()
    world.clock.instant = NEXT_NIGHT + timedelta(days=1)

    second = world.run_of_day()

    assert first.outcome.status is RunStatus.AWAITING_GATEWAY
    assert world.reasons(first) == ["AWAITING_GATEWAY"]
    assert second.number == 2
    assert world.reasons(second) == ["MISSING_AT_GATEWAY"]
    assert (first.outcome.control, second.outcome.control) == (Verdict.PASS, Verdict.FAIL)
    before, after = world.document(first)["exceptions"], world.document(second)["exceptions"]
    assert (after[0]["exception_id"], after[0]["first_seen"]) == (before[0]["exception_id"], before[0]["first_seen"])
    assert (before[0]["age_days"], after[0]["age_days"]) == (0, 1)


def test_a_capture_missing_from_a_file_that_came_after_it_is_missing_at_once(world: ReconciliationWorld) -> None:
    """The gateway has spoken about the day; what it captured after the file was made is only awaited."""
    world.capture(1, 2)
    world.capture(3, captured_at=world.clock.now() + timedelta(minutes=5))
    world.deliver([a_line(1, 2)])

    run = world.run_of_day()

    assert world.reasons(run) == ["MISSING_AT_GATEWAY", "AWAITING_GATEWAY"]


def test_every_ended_day_of_the_look_back_gets_a_run_even_with_no_money(world: ReconciliationWorld) -> None:
    """After an outage each day since the first account is found, and none that has not ended."""
    world.clock.instant = NEXT_NIGHT + timedelta(days=3)

    world.run()

    assert sorted(world.runs.newest) == [DAY + timedelta(days=offset) for offset in range(4)]


def test_a_later_file_replaces_the_earlier_one_and_supersedes_the_run(world: ReconciliationWorld) -> None:
    """A file is its day's whole statement: the second one repeats the first's lines and they are not duplicates."""
    world.capture(1, 2)
    world.deliver([a_line(1, 2)])
    first = world.run_of_day()
    world.clock.advance(timedelta(minutes=10))
    world.deliver([a_line(1, 2), a_line(2, 3)], f"{DAY}-0002.csv")

    second = world.run_of_day()

    assert (first.number, second.number) == (1, 2)
    assert world.runs.history == [first, second]
    assert world.reasons(second) == []
    assert [source.status for source in second.sources] == [SourceStatus.SUPERSEDED, SourceStatus.ACCEPTED]
    assert second.outcome.gateway_side.input.count == 2


def test_the_same_file_again_is_set_aside_and_read_once(world: ReconciliationWorld) -> None:
    """DUPLICATE_FILE: shown, kept in quarantine with its reason, and no line counted twice."""
    world.capture(1)
    content = world.deliver([a_line(1, 2)])
    world.run()
    world.clock.advance(timedelta(minutes=10))
    world.deliver_bytes(content, f"{DAY}-again.csv")

    run = world.run_of_day()

    assert world.reasons(run) == ["DUPLICATE_FILE"]
    assert run.outcome.control is Verdict.PASS
    assert run.outcome.gateway_side.input.count == 1
    assert world.store.keys("inbox/") == []
    assert len(world.store.keys("quarantine/")) == 2


def test_a_capture_posted_days_later_still_belongs_to_its_business_date(world: ReconciliationWorld) -> None:
    """What the sweep found a day later was captured on DAY: the day's next look matches it."""
    world.deliver([a_line(1, 2)])
    first = world.run_of_day()
    world.clock.instant = NEXT_NIGHT
    world.capture(1, posting_day=DAY + timedelta(days=1), captured_at=MORNING)

    second = world.run_of_day()

    assert world.reasons(first) == ["MISSING_IN_PLATFORM"]
    assert world.reasons(second) == []
    assert second.outcome.status is RunStatus.RECONCILED


def test_a_capture_before_the_cut_off_may_be_posted_on_the_day_before(world: ReconciliationWorld) -> None:
    """With a cut-off at 22:00 a capture at 23:00 is tomorrow's business, though posted today."""
    world.capture(1, business_date=DAY, posting_day=DAY - timedelta(days=1))
    world.deliver([a_line(1, 2)])

    run = world.run_of_day()

    assert run.outcome.status is RunStatus.RECONCILED


@pytest.mark.parametrize("crash_at", range(1, 17))
def test_a_crash_before_any_write_loses_nothing_and_the_next_run_does_it_all(
    world: ReconciliationWorld, crash_at: int
) -> None:
    """Killed before the nth change: the next run ends where an undisturbed one would, with the inbox empty."""
    world.capture(1, 2)
    world.deliver([a_line(1, 2)])
    world.deliver_bytes(b"not a settlement file", f"{DAY}-0002.csv")
    _crash_before_change(world, crash_at)
    with pytest.raises(CrashError):
        world.run()
    world.store.before_change = lambda kind, key: None

    world.clock.advance(timedelta(minutes=5))
    world.run()

    newest = world.runs.newest[DAY]
    assert newest.outcome.status is RunStatus.QUARANTINED
    assert world.reasons(newest) == ["FILE_REFUSED", "MISSING_AT_GATEWAY"]
    assert [source.status for source in newest.sources] == [SourceStatus.ACCEPTED, SourceStatus.QUARANTINED]
    assert world.store.keys("inbox/") == []
    assert len(world.runs.history) == 1
    assert all(world.store.rows[file.key] for files in newest.files.values() for file in files)


def test_two_runs_at_the_same_time_are_one_run(world: ReconciliationWorld) -> None:
    """The second worker finds the lease taken and leaves."""
    world.capture(1)
    world.deliver([a_line(1, 2)])
    seen = []
    world.runs.before_commit = lambda run: seen.append(world.run().is_busy)

    world.run()

    assert seen == [True]
    assert len(world.runs.history) == 1


def test_a_worker_that_lost_its_lease_records_nothing_and_overwrites_nothing(world: ReconciliationWorld) -> None:
    """It was slow, another took over and finished: the slow one's files stand aside under its own fence."""
    world.capture(1)
    world.deliver([a_line(1, 2)])

    def take_over(_: object) -> None:
        world.runs.before_commit = lambda run: None
        world.clock.advance(timedelta(minutes=3))
        world.run()

    world.runs.before_commit = take_over

    slow = world.run()

    assert slow.runs == []
    (run,) = world.runs.history
    assert "/f000002/" in run.files["*"][0].key
    assert len(world.store.keys(f"reports/{DAY}/run-0001/f000001/")) > 0


def test_one_dates_fault_does_not_keep_the_others_from_their_reports(world: ReconciliationWorld) -> None:
    """The kept file of DAY is damaged: that date fails loudly, the next one is reconciled all the same."""
    world.capture(1)
    world.deliver([a_line(1, 2)])
    run = world.run_of_day()
    world.store.put(run.sources[0].kept_key, b"changed")
    world.clock.instant = NEXT_NIGHT + timedelta(days=1)

    with pytest.raises(RuntimeError, match="gone or changed"):
        world.run()

    assert DAY + timedelta(days=1) in world.runs.newest
    assert world.runs.newest[DAY].number == 1
    assert world.lease.acquire(world.clock.now()) is not None


def test_a_file_for_nobody_is_refused_under_its_date(world: ReconciliationWorld) -> None:
    """No active account has that id: the date's Control fails until someone looks."""
    world.deliver_bytes(b"whatever", account_id="acc-unknown")

    run = world.run_of_day()

    assert run.outcome.control is Verdict.FAIL
    assert run.sources[0].errors[0].code == "account_unknown"


def test_a_file_whose_name_says_nothing_is_set_aside(world: ReconciliationWorld) -> None:
    """It belongs to no date, so no run can tell of it; the scheduled run's own report does."""
    world.deliver_bytes(b"whatever", "settlement-of-today.csv")

    report = world.run()

    assert report.refused_names == ["inbox/settlement/fake/acc-1/settlement-of-today.csv"]
    assert world.store.keys("inbox/") == []
    assert [key.rpartition(".")[2] for key in world.store.keys("quarantine/")] == ["csv", "json"]


def test_each_agency_gets_files_with_its_own_rows_only(world: ReconciliationWorld) -> None:
    """Two agencies on one day: each one's report ties by itself and never names the other."""
    other = replace(ACCOUNT, account_id="acc-2", token="tok-2", agency="health", terminal_id="TERM0002")
    world.accounts.append(replace(other, effective_from=world.accounts[0].effective_from))
    world.capture(1)
    world.capture(2, agency="health", account_id="acc-2")
    world.deliver([a_line(1, 2)])

    run = world.run_of_day()

    health = world.report(run, scope="health").decode()
    assert sorted(run.agencies) == ["health", "moic"]
    assert run.agencies["moic"].status is RunStatus.RECONCILED
    assert run.agencies["health"].status is RunStatus.AWAITING_GATEWAY
    assert "moic" not in health
    assert "000000000002" in health


def test_an_old_date_is_reconciled_when_a_file_for_it_comes(world: ReconciliationWorld) -> None:
    """Far outside the look-back: the file's name decides."""
    old = date(2025, 6, 1)
    world.deliver([], f"{old}-late.csv", day=old)

    run = world.run_of_day(old)

    assert run.outcome.status is RunStatus.RECONCILED
    assert run.sources[0].line_count == 0


def _crash_before_change(world: ReconciliationWorld, crash_at: int) -> None:
    remaining = [crash_at]

    def crash(kind: str, key: str) -> None:
        remaining[0] -= 1
        if remaining[0] == 0:
            raise CrashError

    world.store.before_change = crash
