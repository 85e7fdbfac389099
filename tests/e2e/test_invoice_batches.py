"""A file of invoices through the running platform: handed in, put into the bucket, validated, raised, reported."""

import csv
import hashlib
import io
import json
import time
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import World

WAIT_SECONDS = 300
HEADING = "invoice_number,service,due_date,customer_name,customer_name_ar,line_1_description,line_1_amount_fils"


def csv_of(*rows: str) -> bytes:
    return ("\r\n".join([HEADING, *rows]) + "\r\n").encode("utf-8-sig")


def a_row(number: str, amount: str = "50500", service: str = "cr-renewal") -> str:
    return f'{number},{service},2027-01-31,"Sample, Maryam",مريم,Renewal fee,{amount}'


def hand_in(world: World, content: bytes, *, mode: str, form: str = "csv") -> dict[str, Any]:
    """POST, PUT, start: the batch as the start answered."""
    sha256 = hashlib.sha256(content).hexdigest()
    request = {"format": form, "mode": mode, "sha256": sha256, "size": len(content)}
    opened: dict[str, Any] = world.api().post("/v1/invoice-batches", request, expect=201)
    upload = opened["upload"]
    put = httpx.request(
        upload["method"], upload["url"], headers=upload["headers"], content=content, timeout=30, trust_env=False
    )
    assert put.status_code == 200, put.text
    started: dict[str, Any] = world.api().post(f"/v1/invoice-batches/{opened['batch_id']}/start", {}, expect=202)
    return started


def settled(world: World, batch_id: str) -> dict[str, Any]:
    """The batch once nothing more happens to it."""
    deadline = time.monotonic() + WAIT_SECONDS
    batch: dict[str, Any] = {}
    while time.monotonic() < deadline:
        batch = world.api().get(f"/v1/invoice-batches/{batch_id}")
        if batch["state"] not in ("queued", "validating", "loading"):
            return batch
        time.sleep(0.3)
    pytest.fail(f"waited in vain: {batch}")


def report(world: World, batch_id: str, kind: str, form: str) -> str:
    with world.http() as http:
        redirect = http.get(f"/v1/invoice-batches/{batch_id}/report", params={"kind": kind, "format": form})
    assert redirect.status_code == 303
    found = httpx.get(redirect.headers["Location"], timeout=30, trust_env=False)
    assert found.status_code == 200
    return found.content.decode("utf-8-sig")


@pytest.mark.engine
def test_good_rows_are_raised_and_bad_ones_are_named(world: World) -> None:
    """Three rows, one without a usable amount: two invoices of BHD 50.500, one line in the report."""
    content = csv_of(a_row("E2E-B-1"), a_row("E2E-B-2", amount="50.500"), a_row("E2E-B-3"))

    batch = settled(world, hand_in(world, content, mode="good_rows")["batch_id"])

    assert batch["state"] == "completed"
    assert (batch["counts"]["rows"], batch["counts"]["valid"], batch["counts"]["invalid"]) == (3, 2, 1)
    assert (batch["counts"]["created"], batch["validated_percent"], batch["loaded_percent"]) == (2, 100, 100)
    (wrong,) = [json.loads(line) for line in report(world, batch["batch_id"], "errors", "jsonl").splitlines()]
    assert (wrong["line"], wrong["field"], wrong["code"]) == (3, "line_1_amount_fils", "not_an_integer")
    assert wrong["message"]
    assert wrong["message_ar"]
    results = list(csv.DictReader(io.StringIO(report(world, batch["batch_id"], "results", "csv"))))
    assert [(row["invoice_number"], row["outcome"]) for row in results] == [
        ("E2E-B-1", "created"),
        ("E2E-B-3", "created"),
    ]
    invoice = world.api().get(f"/v1/invoices/{results[0]['reference']}")
    assert (invoice["amount"], invoice["state"], invoice["customer"]["name"]) == (50_500, "issued", "Sample, Maryam")
    assert batch["batch_id"] in [row["batch_id"] for row in world.api().get("/v1/invoice-batches")["items"]]


@pytest.mark.engine
def test_all_or_nothing_raises_nothing_where_one_row_clashes(world: World) -> None:
    """A number that exists with another amount: the file is rejected, and its other row is not raised."""
    first: dict[str, Any] = {"service": "cr-renewal", "invoice_number": "E2E-N-1", "due_date": "2027-01-31"}
    first |= {"customer": {"name": "Maryam"}, "lines": [{"description": "Fee", "amount": 1_000}]}
    world.api().post("/v1/invoices", first, idempotency_key="e2e-n-1", expect=201)
    rows = [
        first | {"invoice_number": "E2E-N-2"},
        first | {"lines": [{"description": "Fee", "amount": 2_000}]},
    ]
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)

    batch = settled(world, hand_in(world, content, mode="all_or_nothing", form="jsonl")["batch_id"])

    assert batch["state"] == "rejected"
    assert (batch["counts"]["valid"], batch["counts"]["invalid"], batch["counts"]["created"]) == (1, 1, 0)
    (wrong,) = [json.loads(line) for line in report(world, batch["batch_id"], "errors", "jsonl").splitlines()]
    assert (wrong["line"], wrong["field"], wrong["code"]) == (2, "invoice_number", "idempotency_conflict")
    with world.http() as http:
        created = http.post("/v1/invoices", json=rows[0])
    assert created.status_code == 201
    assert "Idempotent-Replayed" not in created.headers  # the batch had not raised it


@pytest.mark.engine
def test_the_same_file_is_the_same_batch_and_only_its_own_bytes_are_taken(world: World) -> None:
    """A replay answers the batch as it stands; another mode is 409; other bytes of that size are refused by S3."""
    content = csv_of(a_row("E2E-R-1"))
    request = {
        "format": "csv",
        "mode": "good_rows",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
    }
    with world.http() as http:
        opened = http.post("/v1/invoice-batches", json=request)
        again = http.post("/v1/invoice-batches", json=request)
        other = http.post("/v1/invoice-batches", json=request | {"mode": "all_or_nothing"})
        early = http.post(f"/v1/invoice-batches/{opened.json()['batch_id']}/start", json={})
    upload = opened.json()["upload"]

    forged = httpx.put(
        upload["url"], headers=upload["headers"], content=b"x" * len(content), timeout=30, trust_env=False
    )

    assert (opened.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json()["batch_id"] == opened.json()["batch_id"]
    assert (early.status_code, early.json()["errors"][0]["code"]) == (422, "upload_missing")
    assert forged.status_code == 400
    done = settled(world, hand_in(world, content, mode="good_rows")["batch_id"])
    assert (done["state"], done["counts"]["created"]) == ("completed", 1)
