"""Invoice batches and their leases: one suite over the fake and over DynamoDB as three engines understand it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from mizan.adapters.dynamodb.invoice_batches import DynamoBatchRepository
from mizan.application.ports_batches import BatchRepository
from mizan.domain.errors import InvalidInputError, LineError
from mizan.domain.invoice_batches import (
    Batch,
    BatchCounts,
    BatchFormat,
    BatchMode,
    BatchState,
    Checkpoint,
    Position,
    Upload,
    batch_id_of,
)
from tests.engines import create_table, dynamodb_client
from tests.fakes.batches import FakeBatchRepository
from tests.fakes.clock import NOON
from tests.fakes.dynamodb import fresh_dynamodb
from tests.fakes.samples import AGENCY

LATER = NOON + timedelta(minutes=3)


@pytest.fixture(
    params=[
        "fake",
        "simulated",
        "moto",
        pytest.param("ministack", marks=pytest.mark.engine),
        pytest.param("dynoxide", marks=pytest.mark.dynoxide),
    ]
)
def batches(request: pytest.FixtureRequest) -> Iterator[BatchRepository]:
    if request.param == "fake":
        yield FakeBatchRepository()
    elif request.param == "simulated":
        yield DynamoBatchRepository(*fresh_dynamodb())
    elif request.param == "moto":
        with mock_aws():
            client = dynamodb_client()
            yield DynamoBatchRepository(client, create_table(client))
    else:
        new_client, table = request.getfixturevalue(request.param)
        yield DynamoBatchRepository(new_client(), table)


def a_batch(number: int = 1, **changes: Any) -> Batch:
    sha256 = f"{number:064x}"
    agency = changes.get("agency", AGENCY)
    batch = Batch(
        batch_id=batch_id_of(agency, sha256),
        agency=agency,
        sha256=sha256,
        size_bytes=1_000,
        format=BatchFormat.CSV,
        mode=BatchMode.GOOD_ROWS,
        file_name="رسوم.csv",
        state=BatchState.AWAITING_UPLOAD,
        created_at=NOON + timedelta(seconds=number),
        updated_at=NOON + timedelta(seconds=number),
    )
    return replace(batch, **changes)


def test_a_batch_is_stored_once(batches: BatchRepository) -> None:
    """The second is answered with the first, whatever it says; everything reads back."""
    first, second = a_batch(), a_batch(mode=BatchMode.ALL_OR_NOTHING)

    assert batches.add(first) is None
    assert batches.add(second) == first
    assert batches.get(first.batch_id) == first
    assert batches.get("bat_none") is None


def test_progress_reads_back_and_what_is_gone_is_gone(batches: BatchRepository) -> None:
    """Every attribute that progress changes, set and then taken away."""
    batches.add(a_batch(state=BatchState.QUEUED))
    batch = batches.claim(a_batch().batch_id, NOON)
    assert batch is not None
    full = replace(
        batch,
        state=BatchState.FAILED,
        updated_at=LATER,
        counts=BatchCounts(10, 9, 1, 4, 3, 1, 1),
        read_bytes=1_000,
        upload=Upload(1_000, '"etag"', "version-1"),
        checkpoint=Checkpoint(Position(512, 7), 2),
        problems=(LineError(3, "unknown_column", "sérvice"), LineError(0, "gave_up")),
    )

    assert batches.save(full, NOON)
    assert batches.get(batch.batch_id) == full
    bare = replace(full, upload=None, checkpoint=None, problems=(), counts=BatchCounts())
    assert batches.save(bare, NOON)
    assert batches.get(batch.batch_id) == bare
    unversioned = replace(bare, upload=Upload(1, '"e"', None))
    assert batches.save(unversioned, NOON)
    assert batches.get(batch.batch_id) == unversioned


def test_a_move_needs_the_state_that_was_seen(batches: BatchRepository) -> None:
    """Two starts: the second finds the batch queued and changes nothing."""
    before = a_batch()
    batches.add(before)
    queued = replace(before, state=BatchState.QUEUED, updated_at=LATER)

    assert batches.move(before, queued)
    assert not batches.move(before, replace(queued, updated_at=NOON))
    assert batches.get(before.batch_id) == queued


def test_a_lease_is_one_workers_until_it_ends(batches: BatchRepository) -> None:
    """Held for two minutes; each claim has a larger fence; a claim of what is not there is None."""
    batches.add(a_batch())
    batch_id = a_batch().batch_id

    first = batches.claim(batch_id, NOON)
    held = batches.claim(batch_id, NOON + timedelta(minutes=1))
    second = batches.claim(batch_id, LATER)

    assert first is not None
    assert second is not None
    assert held is None
    assert second.fence > first.fence
    assert batches.claim("bat_none", NOON) is None


def test_progress_keeps_the_lease_and_a_release_ends_it(batches: BatchRepository) -> None:
    """Saved a minute on: still held at three; released: free at once."""
    batches.add(a_batch())
    batch = batches.claim(a_batch().batch_id, NOON)
    assert batch is not None

    assert batches.save(batch, NOON + timedelta(minutes=1, seconds=30))
    assert batches.claim(batch.batch_id, LATER) is None
    batches.release(batch)
    assert batches.claim(batch.batch_id, LATER) is not None


def test_who_was_given_up_on_writes_and_releases_nothing(batches: BatchRepository) -> None:
    """Another fence is the newest: no progress, and the new holder keeps the lease."""
    batches.add(a_batch())
    old = batches.claim(a_batch().batch_id, NOON)
    new = batches.claim(a_batch().batch_id, LATER)
    assert old is not None
    assert new is not None

    assert not batches.save(replace(old, read_bytes=999), LATER)
    batches.release(old)

    assert batches.claim(new.batch_id, LATER) is None
    assert batches.get(new.batch_id) == new


def test_a_move_leaves_the_fence_where_it_is(batches: BatchRepository) -> None:
    """A start by the API does not give an old worker its word back."""
    batches.add(a_batch())
    claimed = batches.claim(a_batch().batch_id, NOON)
    assert claimed is not None

    batches.move(replace(claimed, fence=0), replace(claimed, fence=0, state=BatchState.QUEUED))

    stored = batches.get(claimed.batch_id)
    assert stored is not None
    assert stored.fence == claimed.fence


def test_batches_are_listed_newest_first(batches: BatchRepository) -> None:
    """Five in pages of two; another agency's are not among them."""
    for number in range(1, 6):
        batches.add(a_batch(number))
    batches.add(a_batch(6, agency="health"))

    pages: list[list[Batch]] = []
    cursor = None
    while True:
        page, cursor = batches.page(AGENCY, limit=2, cursor=cursor)
        pages.append(page)
        if cursor is None:
            break

    assert [[int(batch.sha256, 16) for batch in page] for page in pages] == [[5, 4], [3, 2], [1]]
    assert batches.page("nobody", limit=2, cursor=None) == ([], None)


@pytest.mark.parametrize("cursor", ["x", "====", "Zm9v", "2026", "é"])
def test_a_cursor_that_is_not_ours_is_refused(batches: BatchRepository, cursor: str) -> None:
    """Named, not guessed at."""
    with pytest.raises(InvalidInputError, match="bad_cursor"):
        batches.page(AGENCY, limit=2, cursor=cursor)


@pytest.mark.engine
@pytest.mark.parametrize("engine", ["ministack", pytest.param("dynoxide", marks=pytest.mark.dynoxide)])
def test_of_many_workers_one_gets_the_lease(request: pytest.FixtureRequest, engine: str) -> None:
    """Eight at once, each with a client of its own: one batch, seven times None."""
    new_client, table = request.getfixturevalue(engine)
    workers = [DynamoBatchRepository(new_client(), table) for _ in range(8)]
    workers[0].add(a_batch(state=BatchState.QUEUED))

    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda worker: worker.claim(a_batch().batch_id, NOON), workers))

    assert sum(claim is not None for claim in claims) == 1
