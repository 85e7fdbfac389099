"""Run records, their lease and the journal in pages: one suite over the fakes and four DynamoDB engines."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from moto import mock_aws

from mizan.adapters.dynamodb.holidays import DynamoHolidayCalendar
from mizan.adapters.dynamodb.items import pack
from mizan.adapters.dynamodb.journal_pages import DynamoJournalPages
from mizan.adapters.dynamodb.journal_records import transaction_item
from mizan.adapters.dynamodb.lease import DynamoLease
from mizan.adapters.dynamodb.reconciliation import DynamoRunRecords
from mizan.application.ports_reconciliation import JournalPages, Lease, RunRecords
from mizan.domain.callbacks import CallbackKey
from mizan.domain.errors import InvalidInputError, LineError
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.reconciliation.control import RunStatus, Side, Totals, Verdict
from mizan.domain.reconciliation.runs import Outcome, ReportFile, Run, SourceFile, SourceStatus
from tests.engines import create_table, dynamodb_client
from tests.fakes.clock import NOON
from tests.fakes.dynamodb import fresh_dynamodb
from tests.fakes.reconciliation import FakeJournalPages, FakeLease, FakeRunRecords
from tests.fakes.store import FakeJournal
from tests.unit.reconciliation.samples import DAY, a_transaction

LEASE = "reconcile"


@dataclass(frozen=True)
class Records:
    runs: RunRecords
    lease: Lease
    pages: JournalPages
    post: Any
    """Put one transaction into the journal."""


def _fake() -> Records:
    lease, journal = FakeLease(), FakeJournal()

    def post(transaction: LedgerTransaction) -> None:
        journal.rows[CallbackKey("JRN", transaction.transaction_id)] = transaction

    return Records(FakeRunRecords(lease), lease, FakeJournalPages(journal), post)


def _dynamo(client: Any, table: str) -> Records:
    def post(transaction: LedgerTransaction) -> None:
        client.put_item(TableName=table, Item=pack(transaction_item(transaction)))

    runs, lease = DynamoRunRecords(client, table, LEASE), DynamoLease(client, table, LEASE)
    return Records(runs, lease, DynamoJournalPages(client, table), post)


@pytest.fixture(
    params=[
        "fake",
        "simulated",
        "moto",
        pytest.param("ministack", marks=pytest.mark.engine),
        pytest.param("dynoxide", marks=pytest.mark.dynoxide),
    ]
)
def records(request: pytest.FixtureRequest) -> Iterator[Records]:
    if request.param == "fake":
        yield _fake()
    elif request.param == "simulated":
        yield _dynamo(*fresh_dynamodb())
    elif request.param == "moto":
        with mock_aws():
            client = dynamodb_client()
            yield _dynamo(client, create_table(client))
    else:
        new_client, table = request.getfixturevalue(request.param)
        yield _dynamo(new_client(), table)


def a_run(day: date = DAY, number: int = 1, **changes: Any) -> Run:
    """With every optional part filled."""
    side = Side(Totals(3, 37_500), Totals(2, 25_000), Totals(1, 12_500))
    outcome = Outcome(RunStatus.QUARANTINED, Verdict.FAIL, side, side, 2)
    source = SourceFile(
        key=f"inbox/settlement/benefit/acc-1/{day}-0001.csv",
        gateway="benefit",
        account_id="acc-1",
        sha256="ab" * 32,
        size_bytes=700,
        received_at=NOON,
        status=SourceStatus.ACCEPTED,
        kept_key=f"reports/{day}/inputs/x.csv",
        line_count=3,
        net=37_500,
        fees=300,
    )
    refused = replace(
        source,
        status=SourceStatus.QUARANTINED,
        line_count=None,
        net=None,
        fees=None,
        errors=(LineError(4, "amount", "12.3x"),),
    )
    file = ReportFile("report.json", f"reports/{day}/run-0001/f000001/report.json", "application/json", 10, "cd" * 32)
    run = Run(
        business_date=day,
        number=number,
        created_at=NOON,
        fingerprint=f"fingerprint-{number}",
        journal_sha256="ef" * 32,
        rules_version="1",
        outcome=outcome,
        agencies={"moic": outcome},
        sources=(source, refused),
        files={"*": (file,), "moic": (file,)},
        recheck_at=NOON + timedelta(hours=1),
    )
    return replace(run, **changes)


def test_a_run_comes_back_as_it_was_recorded(records: Records) -> None:
    """Head, list and page show the same run, field by field."""
    run = a_run()
    fence = _acquired(records)

    is_recorded = records.runs.commit(run, fence)

    assert is_recorded
    assert records.runs.head(DAY) == run
    assert records.runs.since(DAY) == [run]
    assert records.runs.page(limit=5, before=None) == [run]
    assert records.runs.head(DAY + timedelta(days=1)) is None


def test_a_later_run_supersedes_and_the_same_number_is_refused(records: Records) -> None:
    """Nothing is edited: number 2 becomes the newest, a second number 2 is not recorded."""
    fence = _acquired(records)
    first, second = a_run(), a_run(number=2, recheck_at=None)
    records.runs.commit(first, fence)

    is_recorded = records.runs.commit(second, fence)
    is_recorded_again = records.runs.commit(replace(second, fingerprint="other"), fence)

    assert (is_recorded, is_recorded_again) == (True, False)
    assert records.runs.head(DAY) == second
    assert records.runs.since(DAY) == [second]


def test_an_old_fence_records_and_postpones_nothing(records: Records) -> None:
    """The lease went to another worker: whatever the first one still tries is refused."""
    old = _acquired(records)
    records.runs.commit(a_run(), old)
    records.lease.release(old)
    new = records.lease.acquire(NOON + timedelta(seconds=1))

    outcomes = (
        records.runs.commit(a_run(number=2), old),
        records.runs.postpone(a_run(), None, old),
        records.lease.renew(old, NOON),
    )

    assert outcomes == (False, False, False)
    assert new == old + 1
    assert records.runs.head(DAY) == a_run()


@pytest.mark.parametrize("recheck_at", [None, NOON + timedelta(hours=5)])
def test_postponing_changes_only_when_to_look_again(records: Records, recheck_at: Any) -> None:
    """Head and list agree on it."""
    fence = _acquired(records)
    records.runs.commit(a_run(), fence)

    is_noted = records.runs.postpone(a_run(), recheck_at, fence)

    expected = a_run(recheck_at=recheck_at)
    assert is_noted
    assert records.runs.head(DAY) == expected
    assert records.runs.since(DAY) == [expected]


def test_the_list_is_newest_date_first_and_continues_before_a_date(records: Records) -> None:
    """Two pages of two, no date twice."""
    fence = _acquired(records)
    days = [DAY + timedelta(days=offset) for offset in range(3)]
    for day in days:
        records.runs.commit(a_run(day), fence)

    first = records.runs.page(limit=2, before=None)
    second = records.runs.page(limit=2, before=first[-1].business_date)

    assert [run.business_date for run in (*first, *second)] == days[::-1]
    assert [run.business_date for run in records.runs.since(days[1])] == days[1:]


def test_a_lease_is_held_until_it_is_released_or_runs_out(records: Records) -> None:
    """Two minutes after the last renewal somebody else may take it, with a larger fence."""
    first = _acquired(records)

    while_held = records.lease.acquire(NOON + timedelta(minutes=1))
    is_renewed = records.lease.renew(first, NOON + timedelta(minutes=1))
    after_renewal = records.lease.acquire(NOON + timedelta(minutes=2, seconds=30))
    after_end = records.lease.acquire(NOON + timedelta(minutes=4))

    assert (while_held, is_renewed, after_renewal) == (None, True, None)
    assert after_end == first + 1


def test_the_journal_in_pages_names_every_transaction_once(records: Records) -> None:
    """Across shards, whatever the page's size; an agency's pages hold only its own."""
    expected = {a_transaction(number).transaction_id for number in range(1, 8)}
    for number in range(1, 8):
        records.post(a_transaction(number, agency="health" if number % 2 else "moic"))

    everyone = [found.transaction_id for found in _all_pages(records, "*", 3)]
    health = [found.agency for found in _all_pages(records, "health", 2)]

    assert len(everyone) == len(expected)
    assert set(everyone) == expected
    assert health == ["health"] * 4


@pytest.mark.parametrize("cursor", ["?", "OTk", "MDAvAAA", "w6k"])
@pytest.mark.parametrize("engine", ["moto"])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str, engine: str) -> None:
    """A bad cursor is the caller's mistake, never a wrong page."""
    with mock_aws():
        client = dynamodb_client()
        records = _dynamo(client, create_table(client))

        with pytest.raises(InvalidInputError) as raised:
            records.pages.page(DAY, agency="*", limit=1, cursor=cursor)

    assert [(error.field, error.code) for error in raised.value.fields] == [("cursor", "bad_cursor")]


def test_holidays_are_those_between_the_two_days() -> None:
    """Both ends included, others not."""
    with mock_aws():
        client = dynamodb_client()
        table = create_table(client)
        for day in ("2026-02-28", "2026-03-01", "2026-03-05", "2026-03-06"):
            client.put_item(TableName=table, Item=pack({"pk": "CAL", "sk": day}))

        found = DynamoHolidayCalendar(client, table).holidays(DAY, DAY + timedelta(days=4))

    assert found == {date(2026, 3, 1), date(2026, 3, 5)}


def _acquired(records: Records) -> int:
    fence = records.lease.acquire(NOON)
    assert fence is not None
    return fence


def _all_pages(records: Records, agency: str, limit: int) -> list[LedgerTransaction]:
    found: list[LedgerTransaction] = []
    cursor = None
    for _ in range(50):
        page, cursor = records.pages.page(DAY, agency=agency, limit=limit, cursor=cursor)
        found += page
        if cursor is None:
            return found
    pytest.fail("the pages never end")
