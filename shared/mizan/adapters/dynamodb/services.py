"""The service catalogue in the table: one item per service under `SVC`, read eventually consistent, kept a minute."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mizan.adapters.dynamodb.items import unpack
from mizan.adapters.dynamodb.service_records import service_from_record
from mizan.domain.services import Service, is_service_code

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

PARTITION = "SVC"
CACHE_TTL_SECONDS = 60.0


class DynamoServiceCatalogue:
    """Implements `mizan.application.ports_services.ServiceCatalogue`.

    What was read is answered again for `cache_ttl_seconds`; a service that does not exist is asked for each time, so
    that one just added is seen at once and unknown codes cannot fill the memory. `monotonic_seconds` is the cache's
    clock. Not thread-safe: one execution environment serves one request at a time.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table_name: str,
        *,
        cache_ttl_seconds: float = CACHE_TTL_SECONDS,
        monotonic_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._table_name = client, table_name
        self._cache_ttl_seconds, self._monotonic_seconds = cache_ttl_seconds, monotonic_seconds
        self._by_code: dict[str, tuple[float, Service]] = {}
        self._all: tuple[float, tuple[Service, ...]] | None = None

    def get(self, code: str) -> Service | None:
        kept = self._by_code.get(code)
        if kept is not None and self._is_fresh(kept[0]):
            return kept[1]
        if not is_service_code(code):
            return None
        key: dict[str, AttributeValueTypeDef] = {"pk": {"S": PARTITION}, "sk": {"S": code}}
        item = self._client.get_item(TableName=self._table_name, Key=key).get("Item")
        if item is None:
            self._by_code.pop(code, None)
            return None
        return self._keep(service_from_record(unpack(item)))

    def all(self) -> Sequence[Service]:
        if self._all is not None and self._is_fresh(self._all[0]):
            return self._all[1]
        services = tuple(self._keep(service_from_record(unpack(item))) for item in self._items())
        self._all = (self._monotonic_seconds(), services)
        return services

    def _items(self) -> "list[dict[str, AttributeValueTypeDef]]":
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            KeyConditionExpression="pk = :services",
            ExpressionAttributeValues={":services": {"S": PARTITION}},
        )
        return [item for page in pages for item in page["Items"]]

    def _keep(self, service: Service) -> Service:
        self._by_code[service.code] = (self._monotonic_seconds(), service)
        return service

    def _is_fresh(self, kept_at_seconds: float) -> bool:
        return self._monotonic_seconds() - kept_at_seconds < self._cache_ttl_seconds
