"""Handing a file in: one file is one batch, and every step may be repeated."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.domain.errors import (
    BusyError,
    ForbiddenError,
    IdempotencyConflictError,
    InvalidInputError,
    NotFoundError,
)
from mizan.domain.invoice_batches import BatchFormat, BatchMode, BatchState, ReportKind, upload_key
from tests.fakes.batches import BatchWorld, a_csv, a_row, an_opening
from tests.fakes.samples import CALLER, STRANGER

FILE = a_csv(a_row("N-1"))


@pytest.fixture
def world() -> BatchWorld:
    return BatchWorld()


def test_a_file_is_announced_before_it_comes(world: BatchWorld) -> None:
    """The batch waits for its upload, at an address of its own for an hour; nothing is queued."""
    batch, link, is_new = world.desk().open(an_opening(FILE), caller=CALLER)

    assert is_new
    assert (batch.state, batch.agency, batch.size_bytes) == (BatchState.AWAITING_UPLOAD, CALLER.agency, len(FILE))
    assert link is not None
    assert link.url.endswith(f"inbox/invoices/{CALLER.agency}/{batch.batch_id}.csv")
    assert link.lifetime_seconds == 3600
    assert world.queue.sent == []


def test_the_same_file_is_the_same_batch_as_it_stands(world: BatchWorld) -> None:
    """A replay after the load: completed, and no address to put the file to again."""
    batch = world.handed_in(FILE)
    world.turn(batch)

    again, link, is_new = world.desk().open(replace(an_opening(FILE), file_name="other.csv"), caller=CALLER)

    assert not is_new
    assert (again.batch_id, again.state, again.counts.created) == (batch.batch_id, BatchState.COMPLETED, 1)
    assert link is None


@pytest.mark.parametrize(
    "other",
    [
        an_opening(FILE, mode=BatchMode.ALL_OR_NOTHING),
        an_opening(FILE, form=BatchFormat.JSONL),
        an_opening(FILE, size_bytes=len(FILE) + 1),
    ],
    ids=["mode", "format", "size"],
)
def test_the_same_file_asked_for_otherwise_is_a_conflict(world: BatchWorld, other: object) -> None:
    """One file, one meaning."""
    world.desk().open(an_opening(FILE), caller=CALLER)

    with pytest.raises(IdempotencyConflictError):
        world.desk().open(other, caller=CALLER)  # type: ignore[arg-type]  # parametrised


def test_an_idempotency_key_serves_one_body(world: BatchWorld) -> None:
    """The same key with another file is a conflict, also with the body of an invoice."""
    world.desk().open(an_opening(FILE, key="k"), caller=CALLER)
    _, _, is_new = world.desk().open(an_opening(FILE, key="k"), caller=CALLER)

    with pytest.raises(IdempotencyConflictError):
        world.desk().open(an_opening(b"other", key="k"), caller=CALLER)
    assert not is_new
    assert len(world.batches.rows) == 1


def test_two_agencies_may_hand_in_the_same_bytes(world: BatchWorld) -> None:
    """Two batches; neither sees the other's."""
    mine, _, _ = world.desk().open(an_opening(FILE), caller=CALLER)
    theirs, _, is_new = world.desk().open(an_opening(FILE), caller=STRANGER)

    assert is_new
    assert mine.batch_id != theirs.batch_id
    for call in (world.desk().start, world.reader().read):
        with pytest.raises(NotFoundError):
            call(theirs.batch_id, caller=CALLER)
    with pytest.raises(NotFoundError):
        world.reader().report_link(theirs.batch_id, ReportKind.ERRORS, BatchFormat.CSV, caller=CALLER)


def test_a_platform_role_hands_nothing_in(world: BatchWorld) -> None:
    """Invoices are an agency's."""
    with pytest.raises(ForbiddenError):
        world.desk().open(an_opening(FILE), caller=replace(CALLER, agency="*"))


@pytest.mark.parametrize(("uploaded", "code"), [(None, "upload_missing"), (FILE + b"\n", "size_differs")])
def test_a_batch_without_its_file_does_not_start(world: BatchWorld, uploaded: bytes | None, code: str) -> None:
    """Said at once, not by a worker later."""
    batch, _, _ = world.desk().open(an_opening(FILE), caller=CALLER)
    if uploaded is not None:
        world.store.put(upload_key(batch), uploaded)

    with pytest.raises(InvalidInputError, match=code):
        world.desk().start(batch.batch_id, caller=CALLER)

    assert world.now(batch).state is BatchState.AWAITING_UPLOAD
    assert world.queue.sent == []


def test_starting_twice_queues_twice_and_loads_once(world: BatchWorld) -> None:
    """The first message may have been lost; the second costs nothing."""
    batch = world.handed_in(FILE)
    again = world.desk().start(batch.batch_id, caller=CALLER)
    for batch_id, _ in list(world.queue.sent):
        world.worker().work(batch_id, lambda: 100)
    done = world.desk().start(batch.batch_id, caller=CALLER)

    assert (batch.state, again.state, done.state) == (BatchState.QUEUED, BatchState.QUEUED, BatchState.COMPLETED)
    assert world.queue.sent == [(batch.batch_id, 0)] * 2
    assert len(world.invoices.rows) == 1
    assert done.counts.created == 1


def test_a_start_that_loses_a_race_answers_what_won(world: BatchWorld) -> None:
    """Another start came first: the batch is queued, and that is the answer."""
    batch, _, _ = world.desk().open(an_opening(FILE), caller=CALLER)
    world.store.put(upload_key(batch), FILE)
    desk, find = world.desk(), world.uploads.find

    def race(key: str) -> object:
        world.uploads.find = find  # type: ignore[method-assign]  # once
        world.desk().start(batch.batch_id, caller=CALLER)
        return find(key)

    world.uploads.find = race  # type: ignore[assignment,method-assign]  # the other start runs in between

    assert desk.start(batch.batch_id, caller=CALLER).state is BatchState.QUEUED


def test_a_start_that_cannot_write_says_busy(world: BatchWorld) -> None:
    """Nothing was changed; the same call is safe."""
    batch, _, _ = world.desk().open(an_opening(FILE), caller=CALLER)
    world.store.put(upload_key(batch), FILE)
    world.batches.move = lambda before, after: False  # type: ignore[method-assign]  # another write holds the item

    with pytest.raises(BusyError):
        world.desk().start(batch.batch_id, caller=CALLER)


def test_batches_are_listed_newest_first_in_pages(world: BatchWorld) -> None:
    """Three batches, pages of two; no other agency's."""
    made = []
    for number in range(3):
        made.append(world.desk().open(an_opening(f"{number}".encode()), caller=CALLER)[0].batch_id)
        world.clock.advance(timedelta(seconds=1))
    world.desk().open(an_opening(b"theirs"), caller=STRANGER)

    first, cursor = world.reader().page(CALLER.agency, limit=2, cursor=None)
    rest, end = world.reader().page(CALLER.agency, limit=2, cursor=cursor)

    assert [batch.batch_id for batch in [*first, *rest]] == made[::-1]
    assert (cursor is not None, end) == (True, None)


def test_reports_are_linked_once_they_are_there(world: BatchWorld) -> None:
    """Before the file was judged there is none; results come with the end of the load."""
    batch = world.handed_in(FILE)
    with pytest.raises(NotFoundError):
        world.reader().report_link(batch.batch_id, ReportKind.ERRORS, BatchFormat.CSV, caller=CALLER)

    world.turn(batch)

    link = world.reader().report_link(batch.batch_id, ReportKind.RESULTS, BatchFormat.JSONL, caller=CALLER)
    assert link == (
        f"https://bucket.invalid/reports/invoices/{CALLER.agency}/{batch.batch_id}/results.jsonl?expires=300"
    )
