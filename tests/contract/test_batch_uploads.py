"""Uploads: one suite over the fake, moto and the embedded engine, with versions as the template's bucket keeps them."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from moto import mock_aws

from mizan.adapters.aws.batch_queue import SqsBatchQueue
from mizan.adapters.aws.uploads import S3UploadStore
from mizan.application.ports_batches import UploadChangedError, UploadStore
from mizan.domain.invoice_batches import Upload
from tests.engines import REGION
from tests.fakes.batches import FakeUploadStore
from tests.fakes.clock import FakeClock
from tests.fakes.reconciliation import FakeObjectStore

BUCKET = "mizan-uploads-test"
KEY = "inbox/invoices/moic/bat_1.csv"
CONTENT = bytes(range(256)) * 20


@dataclass
class Place:
    """A store of uploads, and how the outside world puts a file into it."""

    uploads: UploadStore
    store: Any
    is_versioned: bool

    def put(self, content: bytes, key: str = KEY) -> None:
        if self.is_versioned:
            self.store.put_object(Bucket=BUCKET, Key=key, Body=content)
        else:
            self.store.put(key, content)


def s3_place(url: str | None = None) -> Place:
    session: Any = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
    client = session.client("s3", endpoint_url=url, config=Config(s3={"addressing_style": "path"}))
    if BUCKET not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    return Place(S3UploadStore(client, BUCKET), client, is_versioned=True)


@pytest.fixture(params=["fake", "moto", pytest.param("ministack_url", marks=pytest.mark.engine)])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "fake":
        store = FakeObjectStore(FakeClock())
        yield Place(FakeUploadStore(store), store, is_versioned=False)
    elif request.param == "moto":
        with mock_aws():
            yield s3_place()
    else:
        yield s3_place(request.getfixturevalue("ministack_url"))


def found(place: Place) -> Upload:
    upload = place.uploads.find(KEY)
    assert upload is not None
    return upload


def test_a_file_is_found_once_it_is_there(place: Place) -> None:
    """Its size to the byte; a longer key is another file."""
    assert place.uploads.find(KEY) is None
    place.put(CONTENT, KEY + "x")
    assert place.uploads.find(KEY) is None

    place.put(CONTENT)

    assert found(place).size_bytes == len(CONTENT)
    assert found(place) == found(place)


@pytest.mark.parametrize("offset", [0, 1, 511, len(CONTENT) - 1, len(CONTENT), len(CONTENT) + 5])
def test_a_file_is_read_from_any_byte(place: Place, offset: int) -> None:
    """In pieces that make up the rest of it; nothing after its end."""
    place.put(CONTENT)

    assert b"".join(place.uploads.blocks(KEY, found(place), offset)) == CONTENT[offset:]


def test_another_file_under_the_key_is_never_read_for_the_first(place: Place) -> None:
    """A bucket with versions gives the first one's bytes; without, reading says that it was changed."""
    place.put(CONTENT)
    upload = found(place)
    place.put(CONTENT[::-1])

    if place.is_versioned:
        assert b"".join(place.uploads.blocks(KEY, upload, 3)) == CONTENT[3:]
        upload = Upload(upload.size_bytes, upload.etag, None)
    with pytest.raises(UploadChangedError):
        b"".join(place.uploads.blocks(KEY, upload, 0))


def test_a_file_that_is_gone_says_so(place: Place) -> None:
    """Not an error of the network: the batch can tell its agency."""
    with pytest.raises(UploadChangedError):
        b"".join(place.uploads.blocks(KEY, Upload(5, '"e"', None), 0))


def test_a_file_set_aside_leaves_the_inbox_once(place: Place) -> None:
    """Moved; a second time there is nothing to move, and what was moved stays."""
    place.put(CONTENT)
    target = KEY.replace("inbox", "quarantine")

    place.uploads.set_aside(KEY, target)
    place.uploads.set_aside(KEY, target)

    assert place.uploads.find(KEY) is None
    moved = place.uploads.find(target)
    assert moved is not None
    assert b"".join(place.uploads.blocks(target, moved, 0)) == CONTENT


@pytest.mark.engine
@pytest.mark.parametrize("case", ["right", "other bytes", "no hash"])
def test_the_address_takes_the_stated_bytes_and_no_others(ministack_url: str, case: str) -> None:
    """Size and SHA-256 are signed headers: 200 for the file, a refusal for anything else; nothing is stored then."""
    place = s3_place(ministack_url)
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    link = place.uploads.link(KEY, sha256=sha256, size_bytes=len(CONTENT), lifetime_seconds=60)
    headers = dict(link.headers)
    if case == "no hash":
        del headers["x-amz-checksum-sha256"]
    content = CONTENT[::-1] if case == "other bytes" else CONTENT

    answer = httpx.put(link.url, headers=headers, content=content, timeout=10, trust_env=False)

    assert "X-Amz-SignedHeaders=content-length%3Bhost%3Bx-amz-checksum-sha256" in link.url
    assert headers.get("x-amz-checksum-sha256") in (None, base64.b64encode(bytes.fromhex(sha256)).decode())
    assert (answer.status_code == 200) is (case == "right")
    assert (place.uploads.find(KEY) is not None) is (case == "right")


def test_a_message_names_its_batch_and_may_be_put_off() -> None:
    """Nothing else is in it."""
    with mock_aws():
        client = boto3.client("sqs", region_name=REGION)
        url = client.create_queue(QueueName="batches")["QueueUrl"]
        SqsBatchQueue(client, url).send("bat_1")
        SqsBatchQueue(client, url).send("bat_2", delay_seconds=900)

        messages = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]

        delayed = client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesDelayed"])
    assert [message["Body"] for message in messages] == ['{"batch_id": "bat_1"}']
    assert delayed["Attributes"]["ApproximateNumberOfMessagesDelayed"] == "1"
