"""Which invoices were served while nothing could be paid, by agency and month: a row each, written with the invoice.

A row says nothing but which invoice and when; what happened is the invoice's own history.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from mizan.adapters.dynamodb.items import pack
from mizan.domain.invoices import Invoice, InvoiceEvent


def stand_in_row(before: Invoice, after: Invoice) -> dict[str, str] | None:
    """The row that belongs to this change; None where it is another change."""
    at = next((entry.at for entry in after.history[before.sequence :] if entry.event == InvoiceEvent.STAND_IN), None)
    if at is None:
        return None
    return {"pk": _partition(after.agency, at), "sk": f"{_instant(at)}#{after.reference}"}


class DynamoStandInList:
    """Implements `mizan.application.read_stand_ins.StandInList`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def references(self, agency: str, first: datetime, end: datetime) -> Iterator[str]:
        for month in _months(first, end):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :end",
                ExpressionAttributeValues=pack(
                    {":pk": _partition(agency, month), ":first": _instant(first), ":end": _instant(end)}
                ),
                ConsistentRead=True,
            )
            for page in pages:
                yield from (item["sk"]["S"].rpartition("#")[2] for item in page["Items"])


def _partition(agency: str, at: datetime) -> str:
    return f"STANDINS#{agency}#{at.astimezone(UTC):%Y-%m}"


def _instant(at: datetime) -> str:
    """Always with microseconds, so that instants sort. A row is longer than its instant: what is at `end` is after."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _months(first: datetime, end: datetime) -> Iterator[datetime]:
    month = first.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month < end:
        yield month
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
