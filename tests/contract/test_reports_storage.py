"""The bucket: one suite over the fake, moto and the embedded engine."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mizan.adapters.aws.storage import S3ObjectStore
from mizan.application.ports_reconciliation import ObjectStore
from mizan.domain.reconciliation.runs import ReportFile
from tests.engines import REGION
from tests.fakes.clock import FakeClock
from tests.fakes.reconciliation import FakeObjectStore

BUCKET = "mizan-reports-test"
CSV = "text/csv; charset=utf-8"


def s3_store(url: str | None = None) -> S3ObjectStore:
    session: Any = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
    client = session.client("s3", endpoint_url=url)
    names = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
    if BUCKET not in names:
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    return S3ObjectStore(client, BUCKET)


@pytest.fixture(params=["fake", "moto", pytest.param("ministack_url", marks=pytest.mark.engine)])
def store(request: pytest.FixtureRequest) -> Iterator[ObjectStore]:
    if request.param == "fake":
        yield FakeObjectStore(FakeClock())
    elif request.param == "moto":
        with mock_aws():
            yield s3_store()
    else:
        yield s3_store(request.getfixturevalue(request.param))


def test_what_is_written_is_read_and_listed_in_order(store: ObjectStore, tmp_path: Path) -> None:
    """From bytes and from a file; only under the prefix asked for."""
    path = tmp_path / "b.csv"
    path.write_bytes("ب,2\r\n".encode())
    store.write_file("reports/b.csv", path, CSV)
    store.write("reports/a.csv", b"a", CSV)
    store.write("inbox/c.csv", b"c", CSV)

    listed = list(store.listing("reports/"))

    assert [(found.key, found.size_bytes) for found in listed] == [("reports/a.csv", 1), ("reports/b.csv", 6)]
    assert all(found.modified_at.tzinfo is not None for found in listed)
    assert store.read("reports/b.csv") == "ب,2\r\n".encode()
    assert store.read("reports/none.csv") is None


def test_a_copy_stays_when_the_original_is_removed(store: ObjectStore) -> None:
    """How a refused file moves into quarantine."""
    store.write("inbox/x.csv", b"bad", CSV)

    store.copy("inbox/x.csv", "quarantine/x.csv")
    store.remove("inbox/x.csv")

    assert store.read("quarantine/x.csv") == b"bad"
    assert store.read("inbox/x.csv") is None


@pytest.mark.engine
def test_a_link_gives_the_workbook_to_whoever_holds_it(ministack_url: str) -> None:
    """No key, no signature of the caller's: the bytes as they are, under the report's own name."""
    store = s3_store(ministack_url)
    store.write("reports/report.xlsx", b"PK\x03\x04\x00\xff", "application/octet-stream")
    report = ReportFile("report.xlsx", "reports/report.xlsx", "application/octet-stream", 6, "")

    link = store.link(report, lifetime_seconds=60)
    with urllib.request.urlopen(link, timeout=10) as answer:  # noqa: S310  # the loopback engine
        content, disposition = answer.read(), answer.headers["Content-Disposition"]

    assert content == b"PK\x03\x04\x00\xff"
    assert disposition == 'attachment; filename="report.xlsx"'
