"""Seeding writes what the files say, as often as one likes, and touches nothing else."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from infra.catalogue import load_catalogue, seed_catalogue, seeding
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.services import DynamoServiceCatalogue

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

TABLE = "mizan-test"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator["DynamoDBClient"]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("dynamodb", region_name="me-south-1")
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


def everything(client: "DynamoDBClient") -> dict[tuple[str, str], dict[str, Any]]:
    pages = client.get_paginator("scan").paginate(TableName=TABLE)
    items = [unpack(item) for page in pages for item in page["Items"]]
    return {(item["pk"], item["sk"]): item for item in items}


def test_every_agency_service_and_holiday_lands_under_its_key(client: "DynamoDBClient") -> None:
    """34 services, 11 agencies, 30 holidays; each item says that it is a sample."""
    seed_catalogue(client, TABLE)

    items = everything(client)
    assert sorted(pk.partition("#")[0] for pk, _ in items) == ["AGY"] * 11 + ["CAL"] * 30 + ["SVC"] * 34
    assert all(item["sample"] is True for item in items.values())
    assert items["AGY#moic", "HEAD"]["name_ar"] == "هيئة التجارة والصناعة (نموذج)"
    assert items["CAL", "2026-12-16"]["moon_dependent"] is False
    assert items["SVC", "cr-registration"]["phases"] == {"1": "2025-07-01", "2": "2027-01-01"}


def test_what_is_seeded_reads_back_as_what_was_loaded(client: "DynamoDBClient") -> None:
    """File to table to domain loses nothing: every date, channel, step and exemption."""
    seed_catalogue(client, TABLE)

    stored = DynamoServiceCatalogue(client, TABLE).all()

    assert list(stored) == sorted(load_catalogue().services, key=lambda service: service.code)


def test_seeding_again_changes_nothing(client: "DynamoDBClient") -> None:
    """A second start of the platform seeds again."""
    seed_catalogue(client, TABLE)
    before = everything(client)

    seed_catalogue(client, TABLE)

    assert everything(client) == before


def test_seeding_keeps_what_others_wrote_on_an_agency_and_mends_what_it_owns(client: "DynamoDBClient") -> None:
    """Other attributes of an agency's head stay; a service follows the file again; the rest is left alone."""
    client.put_item(TableName=TABLE, Item=pack({"pk": "AGY#moic", "sk": "HEAD", "name": "old", "key_version": 3}))
    client.put_item(TableName=TABLE, Item=pack({"pk": "SVC", "sk": "cr-registration", "name": "old"}))
    client.put_item(TableName=TABLE, Item=pack({"pk": "INV#1", "sk": "HEAD", "amount": 12500}))

    seed_catalogue(client, TABLE)

    items = everything(client)
    assert items["AGY#moic", "HEAD"]["key_version"] == 3
    assert items["AGY#moic", "HEAD"]["name"] == "Commerce and Industry Authority (sample)"
    assert items["SVC", "cr-registration"]["name"] == "Commercial registration"
    assert items["INV#1", "HEAD"]["amount"] == 12500


def test_items_that_the_table_did_not_take_are_sent_again(
    client: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB may take a part of a batch when it throttles; the rest is ours to repeat."""
    monkeypatch.setattr(seeding, "BATCH_PAUSE_SECONDS", 0)
    throttling = ThrottlingClient(client, refused_call_count=2)

    seed_catalogue(throttling, TABLE)  # type: ignore[arg-type]  # the two calls that seeding makes

    assert len(everything(client)) == 34 + 11 + 30


def test_a_table_that_never_takes_the_items_ends_the_seeding(
    client: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retries are bounded; a half-seeded table is said, not hidden."""
    monkeypatch.setattr(seeding, "BATCH_PAUSE_SECONDS", 0)
    throttling = ThrottlingClient(client, refused_call_count=1000)

    with pytest.raises(TimeoutError, match=TABLE):
        seed_catalogue(throttling, TABLE)  # type: ignore[arg-type]  # the two calls that seeding makes


class ThrottlingClient:
    """Takes only the first item of each of the first batches."""

    def __init__(self, client: "DynamoDBClient", refused_call_count: int) -> None:
        self._client, self._refused_call_count = client, refused_call_count

    def update_item(self, **request: Any) -> Any:
        return self._client.update_item(**request)

    def batch_write_item(self, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:  # noqa: N803  # boto3's name
        if self._refused_call_count == 0:
            return dict(self._client.batch_write_item(RequestItems=RequestItems))
        self._refused_call_count -= 1
        ((table, requests),) = RequestItems.items()
        self._client.batch_write_item(RequestItems={table: requests[:1]})
        rest = requests[1:] or requests
        return {"UnprocessedItems": {table: rest}}
