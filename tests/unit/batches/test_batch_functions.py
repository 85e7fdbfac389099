"""The functions of invoice batches, over the fakes: from their events to their answers."""

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest

from functions.load_invoice_batch import handler as worker
from functions.open_invoice_batch.handler import lambda_handler as open_handler
from functions.read_invoice_batches.handler import lambda_handler as read_handler
from infra.build.paths import TEMPLATE
from infra.build.template import load_template
from mizan import bootstrap
from mizan.domain.invoice_batches import SIZE_BYTES_MAX, Batch, BatchState, upload_key
from mizan.entrypoints.observability import logger
from tests.fakes.batches import PUBLIC_URL, BatchWorld, a_csv, a_row, an_opening
from tests.fakes.samples import CALLER
from tests.unit.entrypoints.calls import Answer, an_event, call

FILE = a_csv(a_row("N-1"), a_row("N-2", amount="x"))
BODY = {
    "format": "csv",
    "mode": "good_rows",
    "sha256": an_opening(FILE).sha256,
    "size": len(FILE),
    "file_name": "رسوم.csv",
}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> BatchWorld:
    """Fakes where `mizan.bootstrap` would wire AWS."""
    world = BatchWorld()
    wired = {
        "invoice_batches": world.desk,
        "batch_reader": world.reader,
        "batch_worker": lambda rows, lines: world.worker(),
        "clock": lambda: world.clock,
        "public_url": lambda: PUBLIC_URL,
    }
    for name, factory in wired.items():
        monkeypatch.setattr(bootstrap, name, factory)
    return world


def open_batch(body: Any = BODY, **changes: Any) -> Answer:
    return call(open_handler, an_event("POST", "/v1/invoice-batches", body, **changes))


def start(batch_id: str, **changes: Any) -> Answer:
    return call(open_handler, an_event("POST", f"/v1/invoice-batches/{batch_id}/start", **changes))


def read(path: str = "", **changes: Any) -> Answer:
    return call(read_handler, an_event("GET", f"/v1/invoice-batches{path}", **changes))


def work(batch_id: str, receive_count: int = 1) -> Any:
    record = {
        "messageId": "m-1",
        "body": json.dumps({"batch_id": batch_id}),
        "attributes": {"ApproximateReceiveCount": str(receive_count)},
    }
    context = SimpleNamespace(aws_request_id="r-1", get_remaining_time_in_millis=lambda: 120_000)
    return worker.lambda_handler({"Records": [record]}, context)


def loaded(world: BatchWorld) -> Batch:
    batch = world.handed_in(FILE)
    assert work(batch.batch_id) == {"batchItemFailures": []}
    return world.now(batch)


def test_a_batch_is_opened_with_its_upload(world: BatchWorld) -> None:
    """201 with the address, its headers and when it ends; then again the same, marked."""
    answer, again = open_batch(), open_batch()

    assert (answer.status, answer.json["state"], answer.json["file_name"]) == (201, "awaiting_upload", "رسوم.csv")
    assert answer.json["upload"] == {
        "method": "PUT",
        "url": f"https://bucket.invalid/inbox/invoices/moic/{answer.json['batch_id']}.csv",
        "headers": {"x-amz-checksum-sha256": BODY["sha256"]},
        "expires_at": "2026-03-01T10:00:00Z",
    }
    assert answer.json["reports"] == answer.json["problems"] == []
    assert again.json == answer.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in answer.headers


def test_starting_answers_202_with_the_batch(world: BatchWorld) -> None:
    """Queued; a file that is not there is 422 with its code in both languages."""
    batch_id = open_batch().json["batch_id"]
    early = start(batch_id)
    world.store.put(f"inbox/invoices/moic/{batch_id}.csv", FILE)

    answer = start(batch_id)

    assert (early.status, early.wrong) == (422, {"upload": "upload_missing"})
    assert (answer.status, answer.json["state"]) == (202, "queued")
    assert start("bat_none").status == 404


def test_a_loaded_batch_shows_its_counts_and_its_reports(world: BatchWorld) -> None:
    """One of two rows raised; four reports, each at its own address."""
    batch = loaded(world)

    answer = read(f"/{batch.batch_id}")

    assert answer.status == 200
    assert answer.json["counts"] == {
        "rows": 2, "valid": 1, "invalid": 1, "created": 1, "already_there": 0, "conflicts": 0, "refused": 0,
    }  # fmt: skip
    assert (answer.json["validated_percent"], answer.json["loaded_percent"]) == (100, 100)
    assert [report["url"] for report in answer.json["reports"]] == [
        f"/v1/invoice-batches/{batch.batch_id}/report?kind={kind}&format={form}"
        for kind in ("errors", "results")
        for form in ("csv", "jsonl")
    ]


def test_a_report_is_a_link_without_a_key(world: BatchWorld) -> None:
    """303; the defaults are the errors as CSV; a report that is not there is 404."""
    batch = loaded(world)

    answer = read(f"/{batch.batch_id}/report")
    results = read(f"/{batch.batch_id}/report", query={"kind": "results", "format": "jsonl"})
    unknown = read(f"/{batch.batch_id}/report", query={"format": "xlsx"})

    assert answer.status == results.status == 303
    assert f"{batch.batch_id}/errors.csv" in answer.headers["Location"]
    assert f"{batch.batch_id}/results.jsonl" in results.headers["Location"]
    assert (unknown.status, unknown.wrong) == (422, {"format": "unknown_value"})
    waiting = world.handed_in(a_csv(a_row("N-9")))
    assert read(f"/{waiting.batch_id}/report").status == 404


def test_batches_are_listed_for_their_owner(world: BatchWorld) -> None:
    """Its own; another agency's list is 404; a platform role names whose."""
    batch = loaded(world)

    listed, other = read(), read(query={"agency": "health"})
    platform, unnamed = read(agency="*", query={"agency": "moic"}), read(agency="*")

    assert [row["batch_id"] for row in listed.json["items"]] == [batch.batch_id]
    assert (listed.json["cursor"], other.status) == (None, 404)
    assert platform.json == listed.json
    assert (unnamed.status, unnamed.wrong) == (422, {"agency": "missing"})


def test_a_refused_file_says_why_in_both_languages(world: BatchWorld) -> None:
    """Its line, its code, its column."""
    batch = world.handed_in(b"a,b\n")
    work(batch.batch_id)

    answer = read(f"/{batch.batch_id}")

    problem = answer.json["problems"][0]
    assert (answer.json["state"], problem["line"], problem["code"], problem["detail"]) == (
        "quarantined", 1, "unknown_column", "a",
    )  # fmt: skip
    assert problem["message"]
    assert problem["message_ar"]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"format": "xlsx"}, {"format": "unknown_value"}),
        ({"mode": "most"}, {"mode": "unknown_value"}),
        ({"sha256": "A" * 64}, {"sha256": "bad_format"}),
        ({"sha256": "a" * 64 + "\n"}, {"sha256": "bad_format"}),
        ({"size": 0}, {"size": "too_small"}),
        ({"size": SIZE_BYTES_MAX + 1}, {"size": "too_large"}),
        ({"size": "5"}, {"size": "not_an_integer"}),
        ({"file_name": ""}, {"file_name": "empty"}),
        ({"file_name": "a\u202eb"}, {"file_name": "unsafe_characters"}),
        ({"rows": 5}, {"rows": "unknown_field"}),
    ],
)
def test_what_is_wrong_with_an_opening_is_named(
    world: BatchWorld, changes: dict[str, Any], wrong: dict[str, str]
) -> None:
    """422; nothing is stored."""
    answer = open_batch(BODY | changes)

    assert (answer.status, answer.wrong) == (422, wrong)
    assert world.batches.rows == {}


@pytest.mark.parametrize("scopes", ["invoices:read", ""])
def test_handing_in_needs_the_scope(world: BatchWorld, scopes: str) -> None:
    """403 to open and to start."""
    assert open_batch(scopes=scopes).status == 403
    assert start("bat_1", scopes=scopes).status == 403


@pytest.mark.parametrize("path", ["", "/bat_1", "/bat_1/report"])
def test_reading_needs_the_scope(world: BatchWorld, path: str) -> None:
    """403 on every route."""
    assert read(path, scopes="invoices:write").status == 403


def test_the_worker_logs_nothing_personal(world: BatchWorld) -> None:
    """The agency, the state and counts; no name, no number of the agency."""
    handler, lines = logger.registered_handler, io.StringIO()
    before = handler.setStream(lines)  # type: ignore[attr-defined]  # it is a StreamHandler
    try:
        loaded(world)
    finally:
        handler.setStream(before)  # type: ignore[attr-defined]  # the same

    (turn,) = [row for row in map(json.loads, lines.getvalue().splitlines()) if row["message"] == "batch turn"]
    assert (turn["turn"], turn["state"], turn["rows"], turn["loaded"]) == ("done", "completed", 2, 1)
    assert "Maryam" not in lines.getvalue()
    assert "N-1" not in lines.getvalue()


def test_a_turn_that_fails_goes_back_to_the_queue(world: BatchWorld) -> None:
    """The message is handed back; the batch stays where it was saved."""
    batch = world.handed_in(FILE)

    def broken(command: object) -> None:
        raise RuntimeError("the table is away")

    world.before_create = broken

    with pytest.raises(Exception, match="All records failed"):
        work(batch.batch_id)
    assert world.now(batch).state is BatchState.LOADING


def test_the_last_receive_says_that_the_batch_failed(world: BatchWorld) -> None:
    """It does no work, which may be what kills: it marks the batch and hands the message to the dead letters."""
    batch = world.handed_in(FILE)

    with pytest.raises(Exception, match="All records failed"):
        work(batch.batch_id, receive_count=worker.RECEIVE_COUNT_MAX)

    failed = read(f"/{batch.batch_id}").json
    assert (failed["state"], failed["problems"][0]["code"]) == ("failed", "gave_up")
    assert world.invoices.rows == {}
    world.store.put(upload_key(batch), FILE)
    assert world.desk().start(batch.batch_id, caller=CALLER).state is BatchState.QUEUED


def test_the_worker_counts_receives_as_its_queue_does() -> None:
    """One number in two places: the template's and the worker's."""
    queue = load_template(TEMPLATE)["Resources"]["BatchQueue"]["Properties"]

    assert queue["RedrivePolicy"]["maxReceiveCount"] == worker.RECEIVE_COUNT_MAX
