"""Public holidays from the table, as the catalogue seeded them: `CAL`/{date}."""

from collections.abc import Container
from datetime import date
from typing import Any

from mizan.adapters.dynamodb.items import pack


class DynamoHolidayCalendar:
    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def holidays(self, start: date, end: date) -> Container[date]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :start AND :end",
            ExpressionAttributeValues=pack({":pk": "CAL", ":start": start.isoformat(), ":end": end.isoformat()}),
            ProjectionExpression="sk",
        )
        return frozenset(date.fromisoformat(item["sk"]["S"]) for page in pages for item in page["Items"])
