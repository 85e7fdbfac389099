"""The catalogue in the table: what it finds, and how long it trusts what it read."""

from typing import Any

import pytest

from mizan.adapters.dynamodb.items import pack
from mizan.adapters.dynamodb.service_records import service_to_record
from mizan.adapters.dynamodb.services import DynamoServiceCatalogue
from mizan.domain.services import Service
from tests.unit.services.samples import a_service


class CountingTable:
    """Stands for the two client calls that the catalogue makes, and counts them."""

    def __init__(self, *services: Service) -> None:
        self.services = {service.code: service for service in services}
        self.get_count = 0
        self.query_count = 0

    def get_item(self, TableName: str, Key: dict[str, Any]) -> dict[str, Any]:  # noqa: N803  # boto3's names
        assert (TableName, Key["pk"]) == ("mizan", {"S": "SVC"})
        self.get_count += 1
        service = self.services.get(Key["sk"]["S"])
        return {} if service is None else {"Item": self._item(service)}

    def get_paginator(self, operation: str) -> "CountingTable":
        assert operation == "query"
        return self

    def paginate(self, **_request: Any) -> list[dict[str, Any]]:
        self.query_count += 1
        return [{"Items": [self._item(self.services[code])]} for code in sorted(self.services)]

    def _item(self, service: Service) -> dict[str, Any]:
        return pack({"pk": "SVC", "sk": service.code, "sample": True, **service_to_record(service)})


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


BUILDING, ADVERTISING = a_service(), a_service(code="advertising-permit")


@pytest.fixture
def table() -> CountingTable:
    return CountingTable(BUILDING, ADVERTISING)


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def catalogue(table: CountingTable, seconds: Seconds) -> DynamoServiceCatalogue:
    return DynamoServiceCatalogue(
        table,  # type: ignore[arg-type]  # the calls that the catalogue makes
        "mizan",
        cache_ttl_seconds=60,
        monotonic_seconds=seconds,
    )


def test_a_service_is_read_whole(catalogue: DynamoServiceCatalogue) -> None:
    """Item to domain loses nothing."""
    assert catalogue.get("building-permit") == BUILDING
    assert list(catalogue.all()) == [ADVERTISING, BUILDING]


def test_within_the_minute_the_table_is_asked_once(
    catalogue: DynamoServiceCatalogue, table: CountingTable, seconds: Seconds
) -> None:
    """A burst of invoices for one service costs one read."""
    catalogue.get("building-permit")
    seconds.now += 59.9
    catalogue.get("building-permit")

    assert table.get_count == 1


def test_after_the_minute_the_table_is_asked_again_and_a_change_is_seen(
    catalogue: DynamoServiceCatalogue, table: CountingTable, seconds: Seconds
) -> None:
    """A changed phase date reaches the counter within the cache's time."""
    catalogue.get("building-permit")
    del table.services["building-permit"]
    seconds.now += 60

    assert catalogue.get("building-permit") is None
    assert table.get_count == 2


def test_the_list_is_kept_as_long_and_serves_single_services_too(
    catalogue: DynamoServiceCatalogue, table: CountingTable, seconds: Seconds
) -> None:
    """One query answers the list and every single look-up for a minute."""
    catalogue.all()
    catalogue.all()
    catalogue.get("building-permit")
    assert (table.query_count, table.get_count) == (1, 0)

    seconds.now += 60
    catalogue.all()
    assert table.query_count == 2


def test_a_service_that_does_not_exist_is_not_remembered_as_missing(
    catalogue: DynamoServiceCatalogue, table: CountingTable
) -> None:
    """One just added is seen at once, and guessing codes does not fill the memory."""
    assert catalogue.get("marriage-certificate") is None
    table.services["marriage-certificate"] = a_service(code="marriage-certificate")

    assert catalogue.get("marriage-certificate") is not None


@pytest.mark.parametrize("code", ["", "CR", "a/b", "x" * 2000])
def test_what_cannot_be_a_code_is_not_looked_up(
    catalogue: DynamoServiceCatalogue, table: CountingTable, code: str
) -> None:
    """An empty or overlong key would be an error of the table, not an unknown service."""
    assert catalogue.get(code) is None
    assert table.get_count == 0
