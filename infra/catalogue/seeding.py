"""Writes the sample catalogue into the table. The files win over what an earlier run wrote; nothing else is touched."""

import time
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from infra.catalogue.loading import Agency, Catalogue, load_catalogue
from mizan.adapters.dynamodb.items import pack
from mizan.adapters.dynamodb.service_records import service_to_record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

BATCH_ITEMS_MAX = 25
"""BatchWriteItem takes no more (AWS service quota)."""
BATCH_TRY_COUNT_MAX = 6
BATCH_PAUSE_SECONDS = 0.05


def seed_catalogue(client: "DynamoDBClient", table_name: str) -> None:
    """Write every agency (`AGY#{code}`/HEAD), service (`SVC`/{code}) and holiday (`CAL`/{date}).

    May run again at any time. On an agency only the names are set: other attributes of its head stay as they are.
    Raises CatalogueError where the files are wrong, before anything is written.
    """
    catalogue = load_catalogue()
    for agency in catalogue.agencies:
        _name_agency(client, table_name, agency)
    items = _items(catalogue)
    while batch := list(islice(items, BATCH_ITEMS_MAX)):
        _put_all(client, table_name, batch)


def _name_agency(client: "DynamoDBClient", table_name: str, agency: Agency) -> None:
    client.update_item(
        TableName=table_name,
        Key=pack({"pk": f"AGY#{agency.code}", "sk": "HEAD"}),
        UpdateExpression="SET #code = :code, #name = :name, #name_ar = :name_ar, #sample = :sample",
        ExpressionAttributeNames={"#code": "code", "#name": "name", "#name_ar": "name_ar", "#sample": "sample"},
        ExpressionAttributeValues=pack(
            {":code": agency.code, ":name": agency.name, ":name_ar": agency.name_ar, ":sample": True}
        ),
    )


def _items(catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    for service in catalogue.services:
        yield pack({"pk": "SVC", "sk": service.code, "sample": True, **service_to_record(service)})
    for holiday in catalogue.holidays:
        day = holiday.day.isoformat()
        yield pack(
            {
                "pk": "CAL",
                "sk": day,
                "sample": True,
                "date": day,
                "name": holiday.name,
                "name_ar": holiday.name_ar,
                "moon_dependent": holiday.moon_dependent,
            }
        )


def _put_all(client: "DynamoDBClient", table_name: str, items: list[dict[str, Any]]) -> None:
    """Put the items; what the table did not take (throttling) is sent again. Raises TimeoutError when it never does."""
    pending: dict[str, Any] = {table_name: [{"PutRequest": {"Item": item}} for item in items]}
    for try_number in range(BATCH_TRY_COUNT_MAX):
        pending = client.batch_write_item(RequestItems=pending)["UnprocessedItems"]
        if not pending:
            return
        time.sleep(BATCH_PAUSE_SECONDS * 2**try_number)
    raise TimeoutError(f"{table_name} kept refusing catalogue items")
