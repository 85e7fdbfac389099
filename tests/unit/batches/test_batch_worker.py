"""The two passes over a batch, with everything that may go wrong between and within them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from mizan.application import load_invoice_batch, validate_invoice_batch
from mizan.application.create_invoice import CreateInvoice
from mizan.application.work_on_invoice_batch import BUSY_DELAY_SECONDS, Turn
from mizan.domain.errors import BusyError
from mizan.domain.invoice_batches import (
    WORKABLE_STATES,
    Batch,
    BatchCounts,
    BatchFormat,
    BatchMode,
    BatchState,
    ReportKind,
    RowError,
    quarantine_key,
    upload_key,
)
from mizan.entrypoints.batch_report import BatchReportFormat
from tests.fakes.batches import PUBLIC_URL, BatchWorld, a_csv, a_row
from tests.fakes.reconciliation import CrashError
from tests.fakes.samples import CALLER

ALL = BatchMode.ALL_OR_NOTHING
TEN = a_csv(*(a_row(f"N-{number}", amount=str(number * 1_000)) for number in range(1, 11)))
TEN_AMOUNTS = [number * 1_000 for number in range(1, 11)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> BatchWorld:
    """Chunks of three rows: ten rows are four chunks."""
    monkeypatch.setattr(load_invoice_batch, "CHUNK_ROWS", 3)
    monkeypatch.setattr(validate_invoice_batch, "HEARTBEAT_ROWS", 4)
    monkeypatch.setattr(validate_invoice_batch, "LOOKUP_COUNT", 2)
    return BatchWorld()


def amounts(world: BatchWorld) -> list[int]:
    return sorted(invoice.amount for invoice in world.invoices.rows.values())


def finish(world: BatchWorld, batch: Batch) -> Batch:
    """Turns until there is nothing more to do, as the queue would ask for them."""
    for _ in range(50):
        if world.turn(batch) is Turn.DONE:
            return world.now(batch)
    pytest.fail("no end of turns")


def codes(world: BatchWorld, batch: Batch) -> list[tuple[object, object, object]]:
    return [(row["line"], row["field"], row["code"]) for row in world.report(batch, ReportKind.ERRORS)]


def outcomes(world: BatchWorld, batch: Batch) -> list[tuple[object, object]]:
    return [(row["invoice_number"], row["outcome"]) for row in world.report(batch, ReportKind.RESULTS)]


def test_a_good_file_is_raised_row_by_row(world: BatchWorld) -> None:
    """Ten invoices of BHD 1.000 to 10.000, each with its reference in the results; nothing in the errors."""
    batch = finish(world, world.handed_in(TEN))

    assert batch.state is BatchState.COMPLETED
    assert batch.counts == BatchCounts(rows=10, valid=10, created=10)
    assert batch.read_bytes == len(TEN)
    assert amounts(world) == TEN_AMOUNTS
    assert codes(world, batch) == []
    results = world.report(batch, ReportKind.RESULTS)
    assert [row["line"] for row in results] == list(range(2, 12))
    by_number = {invoice.invoice_number: invoice.reference for invoice in world.invoices.rows.values()}
    assert {row["invoice_number"]: row["reference"] for row in results} == by_number
    assert results[0]["pay_url"] == f"{PUBLIC_URL}/pay/{by_number['N-1']}"


def test_bad_rows_are_left_out_and_named(world: BatchWorld) -> None:
    """Another agency's service, an amount in dinars: eight of ten are raised, in the order of the file."""
    rows = [a_row(f"N-{number}") for number in range(1, 9)]
    rows[2:2] = [a_row("N-x", service="clinic-fees"), a_row("N-y", amount="12.500")]

    batch = finish(world, world.handed_in(a_csv(*rows)))

    assert batch.counts == BatchCounts(rows=10, valid=8, invalid=2, created=8)
    assert codes(world, batch) == [
        (4, "service", "unknown_service"),
        (5, "line_1_amount_fils", "not_an_integer"),
    ]
    assert outcomes(world, batch) == [(f"N-{number}", "created") for number in range(1, 9)]


def test_what_only_the_use_case_sees_is_said_under_the_columns_name(world: BatchWorld) -> None:
    """A discount that outlasts the due date, in CSV and in JSON lines: each in its file's own words."""
    heading = "invoice_number,service,due_date,customer_name,line_1_description,line_1_amount_fils"
    row = "N-1,cr-registration,2026-12-31,Maryam,Fee,12500,500,2027-01-15"
    by_csv = world.handed_in(f"{heading},discount_amount_fils,discount_until\n{row}\n".encode())
    body = (
        b'{"invoice_number": "N-1", "service": "cr-registration", "due_date": "2026-12-31", '
        b'"customer": {"name": "Maryam"}, "lines": [{"description": "Fee", "amount": 12500}], '
        b'"terms": {"discount": {"amount": 500, "until": "2027-01-15"}}}'
    )
    by_json = world.handed_in(body, form=BatchFormat.JSONL)

    finish(world, by_csv)
    finish(world, by_json)

    ((_, column, code),) = codes(world, by_csv)
    ((_, path, other),) = codes(world, by_json)
    assert (column, path) == ("discount_until", "terms.discount.until")
    assert code == other


def test_reports_speak_both_languages_and_hold_no_value(world: BatchWorld) -> None:
    """A row with a wrong CPR, phone and name: what is wrong is named, what was sent is not."""
    heading = "invoice_number,service,due_date,customer_name,customer_cpr,customer_phone,line_1_description"
    secret = "N-1,cr-registration,2026-12-31,Fatima\u202eAhmed,199999999,33445566,Fee,5\n"
    batch = finish(world, world.handed_in(f"{heading},line_1_amount_fils\n{secret}".encode()))

    rows = world.report(batch, ReportKind.ERRORS)
    reports = [world.store.read(key) or b"" for key in world.store.keys("reports/invoices/")]

    assert [row["field"] for row in rows] == ["customer_name", "customer_cpr", "customer_phone"]
    assert all(row["message"] and row["message_ar"] for row in rows)
    assert len(reports) == 2
    for value in ("Fatima", "199999999", "33445566"):
        assert all(value.encode() not in report for report in reports)


def test_a_csv_report_opens_in_excel_and_runs_nothing() -> None:
    """A byte order mark, CRLF, and an apostrophe before what a sheet would take for a formula."""
    lines = BatchReportFormat(PUBLIC_URL)
    error = RowError(2, "=cmd()", "unknown_field")

    assert lines.heading(ReportKind.ERRORS, BatchFormat.CSV) == (
        b"\xef\xbb\xbfline,field,code,message,message_ar,other_line\r\n"
    )
    assert lines.error(error, BatchFormat.CSV).startswith(b"2,'=cmd(),unknown_field,There is no such field.,")
    assert lines.error(error, BatchFormat.CSV).endswith(b"\r\n")


def test_a_number_that_stands_twice_is_wrong_both_times(world: BatchWorld) -> None:
    """Three rows of one number: nobody can say which is meant. Each names another; the rest is raised."""
    rows = [a_row("N-1"), a_row("N-2"), a_row("N-1", amount="1"), a_row("N-1", amount="x")]

    batch = finish(world, world.handed_in(a_csv(*rows)))

    found = [
        (row["line"], row["code"], row["other_line"])
        for row in world.report(batch, ReportKind.ERRORS)
        if row["code"] == "duplicate_number"
    ]
    assert sorted(found) == [(2, "duplicate_number", 4), (4, "duplicate_number", 2), (5, "duplicate_number", 2)]
    assert batch.counts == BatchCounts(rows=4, valid=1, invalid=3, created=1)
    assert outcomes(world, batch) == [("N-2", "created")]


@pytest.mark.parametrize("mode", BatchMode)
def test_a_file_with_no_good_row_raises_nothing(world: BatchWorld, mode: BatchMode) -> None:
    """All wrong: rejected, each row named."""
    batch = finish(world, world.handed_in(a_csv(*[a_row(f"N-{n}", amount="x") for n in range(9)]), mode=mode))

    assert (batch.state, batch.counts) == (BatchState.REJECTED, BatchCounts(rows=9, invalid=9))
    assert [line for line, _, _ in codes(world, batch)] == list(range(2, 11))
    assert amounts(world) == []


def test_all_or_nothing_is_nothing_where_one_row_is_wrong(world: BatchWorld) -> None:
    """Nine good rows and one bad: rejected, none raised; the report names the one."""
    batch = finish(world, world.handed_in(TEN + a_row("N-11", amount="0").encode(), mode=ALL))

    assert (batch.state, batch.counts) == (BatchState.REJECTED, BatchCounts(rows=11, valid=10, invalid=1))
    assert codes(world, batch) == [(12, "line_1_amount_fils", "amount_not_positive")]
    assert amounts(world) == []


def test_all_or_nothing_looks_for_clashes_before_it_writes(world: BatchWorld) -> None:
    """N-7 exists with another amount, N-3 with the same content: one conflict, none raised."""
    earlier = world.handed_in(a_csv(a_row("N-7", amount="1"), a_row("N-3", amount="3000")))
    finish(world, earlier)

    batch = finish(world, world.handed_in(TEN, mode=ALL))

    assert (batch.state, batch.counts.invalid) == (BatchState.REJECTED, 1)
    assert codes(world, batch) == [(8, "invoice_number", "idempotency_conflict")]
    assert amounts(world) == [1, 3_000]


def test_the_search_for_clashes_follows_a_reference_that_another_invoice_has(world: BatchWorld) -> None:
    """References of different numbers may collide: creation probes on, and so does the search."""
    world.derivation.collision_count = 2
    finish(world, world.handed_in(a_csv(a_row("A-1"), a_row("A-2"), a_row("A-3"))))

    batch = finish(world, world.handed_in(a_csv(a_row("A-3", amount="1"), a_row("A-4")), mode=ALL))

    assert codes(world, batch) == [(2, "invoice_number", "idempotency_conflict")]


def test_all_or_nothing_says_so_where_a_clash_comes_late(world: BatchWorld) -> None:
    """N-5 is raised through the API after the search: what is in is in, and the batch does not call itself complete."""
    batch = world.handed_in(TEN, mode=ALL)

    def raise_n5_elsewhere(command: CreateInvoice) -> None:
        world.before_create = lambda command: None
        world.create(replace(command, invoice_number="N-5", fingerprint="other"))

    world.before_create = raise_n5_elsewhere
    batch = finish(world, batch)

    assert batch.state is BatchState.PARTLY_LOADED
    assert batch.counts == BatchCounts(rows=10, valid=10, created=9, conflicts=1)
    (conflict,) = [row for row in world.report(batch, ReportKind.RESULTS) if row["outcome"] == "conflict"]
    assert (conflict["line"], conflict["code"]) == (6, "idempotency_conflict")
    assert conflict["message_ar"]


def test_a_clash_in_good_rows_mode_is_one_rows_own(world: BatchWorld) -> None:
    """Not fatal, not touched: the invoice keeps its amount, the other nine are raised."""
    finish(world, world.handed_in(a_csv(a_row("N-7", amount="1"))))

    batch = finish(world, world.handed_in(TEN))

    assert (batch.state, batch.counts.created, batch.counts.conflicts) == (BatchState.COMPLETED, 9, 1)
    assert amounts(world) == [1, *[amount for amount in TEN_AMOUNTS if amount != 7_000]]


def test_what_was_raised_before_with_the_same_content_is_already_there(world: BatchWorld) -> None:
    """Another file with three of the ten: three already there, seven created; no amount counts twice."""
    finish(world, world.handed_in(a_csv(*(a_row(f"N-{n}", amount=str(n * 1_000)) for n in (2, 4, 6)))))

    batch = finish(world, world.handed_in(TEN))

    assert (batch.counts.created, batch.counts.already_there) == (7, 3)
    assert amounts(world) == TEN_AMOUNTS


def test_a_service_withdrawn_after_validation_refuses_its_rows(world: BatchWorld) -> None:
    """Said per row; what was raised before stays."""
    batch = world.handed_in(TEN)
    calls = count()

    def withdraw(command: CreateInvoice) -> None:
        if next(calls) == 3:
            world.services._services.clear()

    world.before_create = withdraw
    batch = finish(world, batch)

    assert batch.counts.created + batch.counts.refused == 10
    assert batch.counts.refused >= 6
    assert {row["code"] for row in world.report(batch, ReportKind.RESULTS)} == {None, "unknown_service"}


# -- files that are not what was stated -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "uploaded", "problem"),
    [
        (TEN, TEN[:-20] + b"x" * 20, (0, "hash_differs")),
        (TEN, b"\xff" + TEN[1:], (0, "hash_differs")),
        (TEN.decode().encode("utf-16"), None, (1, "not_utf8")),
        (a_csv(), None, (0, "no_rows")),
        (b"\n", None, (0, "empty_file")),
        (b"a,b\n1,2\n", None, (1, "unknown_column")),
        (TEN + b"N-11,\xe3", None, (12, "not_utf8")),
    ],
    ids=["other bytes", "other and unreadable", "utf-16", "heading only", "blank", "heading", "broken in the end"],
)
def test_a_file_that_is_not_what_was_stated_is_set_aside_whole(
    world: BatchWorld, content: bytes, uploaded: bytes | None, problem: tuple[int, str]
) -> None:
    """No row of it counts; the reason names the line; the file is in quarantine, and only there."""
    batch = finish(world, world.handed_in(content, uploaded=uploaded))

    assert batch.state is BatchState.QUARANTINED
    assert (batch.problems[0].line, batch.problems[0].code) == problem
    assert amounts(world) == []
    assert world.store.read(upload_key(batch)) is None
    assert world.store.read(quarantine_key(batch)) == (uploaded or content)


@pytest.mark.parametrize("uploaded", [TEN[:-1], None], ids=["truncated", "gone"])
def test_a_file_cut_short_after_the_start_is_set_aside(world: BatchWorld, uploaded: bytes | None) -> None:
    """The start saw the right size; the worker looks again."""
    batch = world.handed_in(TEN)
    world.store.rows.pop(upload_key(batch))
    if uploaded is not None:
        world.store.put(upload_key(batch), uploaded)

    batch = finish(world, batch)

    assert batch.state is BatchState.QUARANTINED
    assert batch.problems[0].code == ("upload_missing" if uploaded is None else "size_differs")


def test_too_many_rows_are_refused_as_a_file(world: BatchWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound on the worker's memory, said with the line that breaks it."""
    monkeypatch.setattr(validate_invoice_batch, "ROW_COUNT_MAX", 9)

    batch = finish(world, world.handed_in(TEN))

    assert [(problem.line, problem.code) for problem in batch.problems] == [(11, "too_many_rows")]


def test_a_quarantined_file_may_be_put_again(world: BatchWorld) -> None:
    """The upload was damaged on the way: the right bytes under the same hash load after all."""
    batch = finish(world, world.handed_in(TEN, uploaded=TEN[::-1]))

    again = world.handed_in(TEN)
    done = finish(world, again)

    assert (batch.state, done.state) == (BatchState.QUARANTINED, BatchState.COMPLETED)
    assert again.batch_id == batch.batch_id
    assert (done.problems, amounts(world)) == ((), TEN_AMOUNTS)


def test_a_file_replaced_between_the_passes_is_not_loaded(world: BatchWorld) -> None:
    """Loading reads the very object that was validated: other bytes fail the batch, and raise nothing."""
    batch = world.handed_in(TEN)
    left = iter([0, 100, 100, 100, 100])
    world.turn(batch, lambda: next(left))
    world.store.put(upload_key(batch), TEN.replace(b"1000", b"9000"))

    batch = finish(world, batch)

    assert (batch.state, batch.problems[0].code) == (BatchState.FAILED, "upload_changed")
    assert amounts(world) == []
    done = finish(world, world.handed_in(TEN))
    assert (done.state, amounts(world)) == (BatchState.COMPLETED, TEN_AMOUNTS)


# -- bad luck -------------------------------------------------------------------------------------------------------


def crash_at(number: int) -> Callable[..., None]:
    """Raises at the `number`th call, once."""
    calls = count()

    def maybe(*_: object) -> None:
        if next(calls) == number:
            raise CrashError

    return maybe


@pytest.mark.parametrize("hook", ["save", "store", "create"])
@pytest.mark.parametrize("number", range(13))
def test_a_crash_at_any_point_is_done_again_to_the_same_end(world: BatchWorld, hook: str, number: int) -> None:
    """Before any write of progress, of a file, of an invoice: the next turn ends as if nothing had happened."""
    batch = world.handed_in(TEN + a_row("N-11", amount="x").encode())
    target, name = {
        "save": (world.batches, "before_save"),
        "store": (world.store, "before_change"),
        "create": (world, "before_create"),
    }[hook]
    setattr(target, name, crash_at(number))
    for _ in range(3):
        try:
            world.turn(batch)
        except CrashError:
            world.clock.advance(timedelta(minutes=4))  # the queue shows the message again

    done = finish(world, batch)

    assert done.state is BatchState.COMPLETED
    assert done.counts == BatchCounts(rows=11, valid=10, invalid=1, created=10)
    assert amounts(world) == TEN_AMOUNTS
    assert outcomes(world, done) == [(f"N-{n}", "created") for n in range(1, 11)]
    assert codes(world, done) == [(12, "line_1_amount_fils", "not_an_integer")]


def test_a_resumed_load_starts_at_its_last_checkpoint(world: BatchWorld) -> None:
    """Two chunks of three are noted, the third is cut off: seven rows are not raised again."""
    batch = world.handed_in(TEN)
    raised: list[str] = []
    world.before_create = lambda command: raised.append(command.invoice_number or "")
    world.store.before_change = lambda kind, key: crash_at(0)() if key.endswith("results-00002.json") else None
    with pytest.raises(CrashError):
        world.turn(batch)
    world.store.before_change = lambda kind, key: None
    before = sorted(raised)
    raised.clear()
    world.clock.advance(timedelta(minutes=4))

    finish(world, batch)

    assert before == sorted(f"N-{n}" for n in range(1, 10))
    assert sorted(raised) == sorted(f"N-{n}" for n in range(7, 11))
    assert amounts(world) == TEN_AMOUNTS


def test_a_turn_ends_in_time_and_asks_for_the_next(world: BatchWorld) -> None:
    """Time for one chunk a turn: four turns of loading, no row twice, each asked for through the queue."""
    batch = world.handed_in(TEN)
    raised: list[str | None] = []
    world.before_create = lambda command: raised.append(command.invoice_number)
    turns = []
    for _ in range(10):
        left = iter([100, 100, 0])
        turns.append(world.turn(batch, lambda left=left: next(left)))  # type: ignore[misc]  # bound now
        if turns[-1] is Turn.DONE:
            break

    assert turns == [Turn.CONTINUED] * 4 + [Turn.DONE]
    assert world.queue.sent == [(batch.batch_id, 0)] * 5
    assert len(raised) == 10
    assert world.now(batch).counts.created == 10


def test_two_workers_at_one_batch_are_one_load(world: BatchWorld) -> None:
    """A second message comes while the first is worked on: it is put off, and finds the work done."""
    batch = world.handed_in(TEN)
    seen: list[Turn] = []

    def second(command: CreateInvoice) -> None:
        world.before_create = lambda command: None
        seen.append(world.turn(batch))

    world.before_create = second
    done = finish(world, batch)

    assert seen == [Turn.BUSY]
    assert (batch.batch_id, BUSY_DELAY_SECONDS) in world.queue.sent
    assert done.counts.created == 10
    assert world.turn(batch) is Turn.DONE
    assert amounts(world) == TEN_AMOUNTS


def test_a_worker_that_was_given_up_on_writes_no_progress(world: BatchWorld) -> None:
    """It hangs for three minutes, another takes over and finishes; the first finds another fence and stops."""
    batch = world.handed_in(TEN)
    seen: list[Turn] = []

    def hang(command: CreateInvoice) -> None:
        world.before_create = lambda command: None
        world.clock.advance(timedelta(minutes=3))
        seen.append(world.turn(batch))

    world.before_create = hang
    first = world.turn(batch)

    assert (first, seen) == (Turn.BUSY, [Turn.DONE])
    done = world.now(batch)
    assert (done.state, done.counts.created) == (BatchState.COMPLETED, 10)
    assert amounts(world) == TEN_AMOUNTS
    assert outcomes(world, done) == [(f"N-{n}", "created") for n in range(1, 11)]


def test_trouble_of_the_store_is_not_a_rows_fault(world: BatchWorld) -> None:
    """A busy table: the turn fails, the lease is free at once, and the next turn goes on."""
    batch = world.handed_in(TEN)

    def busy(command: CreateInvoice) -> None:
        raise BusyError("throttled")

    world.before_create = busy
    with pytest.raises(BusyError):
        world.turn(batch)
    world.before_create = lambda command: None

    done = finish(world, batch)

    assert (done.counts.created, done.counts.conflicts, done.counts.refused) == (10, 0, 0)


def test_giving_up_shows_and_starting_goes_on(world: BatchWorld) -> None:
    """Failed with its reason; started again it goes on after the chunks that are noted."""
    batch = world.handed_in(TEN)
    left = iter([100, 100, 0])
    world.turn(batch, lambda: next(left))
    given_up = world.worker().give_up(batch.batch_id)
    raised: list[str | None] = []
    world.before_create = lambda command: raised.append(command.invoice_number)

    started = world.desk().start(batch.batch_id, caller=CALLER)
    done = finish(world, started)

    assert given_up is not None
    assert (given_up.state, given_up.problems[0].code) == (BatchState.FAILED, "gave_up")
    assert (started.state, started.counts.created) == (BatchState.QUEUED, 3)
    assert (done.state, done.counts.created, len(raised)) == (BatchState.COMPLETED, 10, 7)


def test_giving_up_leaves_another_workers_batch_and_a_finished_one(world: BatchWorld) -> None:
    """Only who holds the lease may say that it failed, and what is done is done."""
    batch = world.handed_in(TEN)
    world.batches.claim(batch.batch_id, world.clock.now())
    held = world.worker().give_up(batch.batch_id)
    world.clock.advance(timedelta(minutes=3))
    done = finish(world, batch)

    after = world.worker().give_up(batch.batch_id)

    assert held is None
    assert after is not None
    assert (done.state, after.state) == (BatchState.COMPLETED, BatchState.COMPLETED)


def test_a_message_about_no_batch_is_done(world: BatchWorld) -> None:
    """Nothing to do is no error."""
    assert world.worker().work("bat_none", lambda: 100) == (Turn.DONE, None)
    assert world.worker().give_up("bat_none") is None


def test_progress_can_be_read_while_the_file_is_validated(world: BatchWorld) -> None:
    """Rows and bytes so far, written now and then: ten rows with a beat every four."""
    seen: list[tuple[int, int]] = []
    world.batches.before_save = lambda saved: seen.append((saved.counts.rows, saved.read_bytes))
    batch = world.handed_in(TEN)

    finish(world, batch)

    rows = [row for row, _ in seen]
    assert [row for row in dict.fromkeys(rows) if 0 < row < 10] == [4, 8]
    read = dict(seen)
    assert 0 < read[4] < read[8] < len(TEN)


def test_every_workable_state_can_fail_and_no_other() -> None:
    """The worker gives up by the state table."""
    from mizan.domain.invoice_batches import BATCH_STATES, BatchEvent  # noqa: PLC0415  # for this test alone

    assert {state for state in BatchState if BATCH_STATES.allows(state, BatchEvent.FAIL)} == WORKABLE_STATES
