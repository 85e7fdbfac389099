"""Rows of payers: written once however often, under a keyed hash, in the order of creation."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from mizan.adapters.aws.keyring import KeyedLookup
from mizan.adapters.dynamodb.payer_index import DynamoPayerIndex
from mizan.application.ports_search import FIRST, PayerIndex
from tests.engines import create_table, dynamodb_client
from tests.fakes.samples import a_reference
from tests.fakes.sealing import FakeKeyRing
from tests.fakes.store import FakePayerIndex

PAYER = "cpr:900101123"
ROWS = [f"2026-03-01T09:00:0{second}+00:00#{a_reference(second)}" for second in range(5)]


def over(client: Any, table: str) -> DynamoPayerIndex:
    return DynamoPayerIndex(client, table, KeyedLookup(FakeKeyRing()).digest)  # type: ignore[arg-type]  # only `key` is asked


@pytest.fixture(
    params=[
        "fake",
        "moto",
        pytest.param("ministack", marks=pytest.mark.engine),
        pytest.param("dynoxide", marks=pytest.mark.dynoxide),
    ]
)
def payers(request: pytest.FixtureRequest) -> Iterator[PayerIndex]:
    if request.param == "fake":
        yield FakePayerIndex()
    elif request.param == "moto":
        with mock_aws():
            client = dynamodb_client()
            yield over(client, create_table(client))
    else:
        new_client, table = request.getfixturevalue(request.param)
        yield over(new_client(), table)


def test_a_payers_rows_come_back_in_order_page_by_page(payers: PayerIndex) -> None:
    """Whatever order they were written in; a page goes on after the row that the last one ended with."""
    for row in (ROWS[3], ROWS[0], ROWS[2], ROWS[1]):
        payers.put("moic", PAYER, row)

    first = payers.rows_of_payer("moic", PAYER, after=FIRST, limit=3)

    assert first == ROWS[:3]
    assert payers.rows_of_payer("moic", PAYER, after=first[-1], limit=3) == ROWS[3:4]
    assert payers.rows_of_payer("moic", PAYER, after=ROWS[3], limit=3) == []


def test_a_row_that_is_said_again_is_one_row(payers: PayerIndex) -> None:
    """The stream and the sweep both say it."""
    for _ in range(3):
        payers.put("moic", PAYER, ROWS[0])

    assert payers.rows_of_payer("moic", PAYER, after=FIRST, limit=9) == [ROWS[0]]


def test_another_agency_and_another_payer_find_nothing_of_it(payers: PayerIndex) -> None:
    """And letters of a passport are the same in either case."""
    payers.put("moic", PAYER, ROWS[0])
    payers.put("moic", "passport:ab12345", ROWS[1])

    assert payers.rows_of_payer("health", PAYER, after=FIRST, limit=9) == []
    assert payers.rows_of_payer("moic", "cpr:900101124", after=FIRST, limit=9) == []
    assert payers.rows_of_payer("moic", "passport:AB12345", after=FIRST, limit=9) == [ROWS[1]]


def test_what_is_stored_names_nobody() -> None:
    """A keyed hash, an instant and a reference; the same payer's hash at two agencies has nothing in common."""
    with mock_aws():
        client = dynamodb_client()
        table = create_table(client)
        for agency in ("moic", "health"):
            over(client, table).put(agency, PAYER, ROWS[0])

        items = client.scan(TableName=table)["Items"]

    assert "900101123" not in str(items)
    assert all(set(item) == {"pk", "sk"} for item in items)
    hashes = {item["pk"]["S"].rpartition("#")[2] for item in items}
    assert len(hashes) == 2
    assert all(len(digest) == 32 for digest in hashes)
