"""Reconciliation runs in DynamoDB, the lease that lets one worker write them, and what reports are read from.

A run is written once, last, in one transaction that also proves the lease: `REC#{date}/RUN#{nnnn}` (kept for ever),
`REC#{date}/HEAD` (the newest) and `REC/{date}` (the list of dates, with all that the list shows).
"""

from datetime import date, datetime
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.errors import CONFLICT_CODES, cancellation_codes, code_of
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.lease import holds_lease
from mizan.adapters.dynamodb.reconciliation_records import partition, run_attributes, run_of
from mizan.domain.reconciliation.runs import Run

DATES = "REC"
IS_NEW = "attribute_not_exists(pk)"
IS_NEXT = "attribute_not_exists(pk) OR #number < :number"
LOST = CONFLICT_CODES | {"ConditionalCheckFailed"}
IS_SAME = "#number = :number"


class DynamoRunRecords:
    def __init__(self, client: Any, table: str, lease_name: str) -> None:
        self._client, self._table, self._lease_name = client, table, lease_name

    def head(self, business_date: date) -> Run | None:
        answer = self._client.get_item(TableName=self._table, Key=_head_key(business_date), ConsistentRead=True)
        return run_of(unpack(answer["Item"])) if "Item" in answer else None

    def since(self, business_date: date) -> list[Run]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk >= :first",
            ExpressionAttributeValues=pack({":pk": DATES, ":first": business_date.isoformat()}),
            ConsistentRead=True,
        )
        return [run_of(unpack(item)) for page in pages for item in page["Items"]]

    def page(self, *, limit: int, before: date | None) -> list[Run]:
        values = {":pk": DATES} | ({":before": before.isoformat()} if before else {})
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk" + (" AND sk < :before" if before else ""),
            ExpressionAttributeValues=pack(values),
            ScanIndexForward=False,
            Limit=limit,
            ConsistentRead=True,
        )
        return [run_of(unpack(item)) for item in answer["Items"]]

    def commit(self, run: Run, fence: int) -> bool:
        attributes = pack(run_attributes(run))
        newest = {"ExpressionAttributeNames": {"#number": "number"}}
        number = {"ExpressionAttributeValues": pack({":number": run.number}), "ConditionExpression": IS_NEXT}
        run_key = pack({"pk": partition(run.business_date), "sk": f"RUN#{run.number:04d}"})
        date_key = pack({"pk": DATES, "sk": run.business_date.isoformat()})
        return self._transact(
            [
                {"Update": holds_lease(self._table, self._lease_name, fence)},
                {"Put": {"TableName": self._table, "Item": run_key | attributes, "ConditionExpression": IS_NEW}},
                {
                    "Put": {"TableName": self._table, "Item": _head_key(run.business_date) | attributes}
                    | newest
                    | number
                },
                {"Put": {"TableName": self._table, "Item": date_key | attributes} | newest | number},
            ]
        )

    def postpone(self, run: Run, recheck_at: datetime | None, fence: int) -> bool:
        keys = [_head_key(run.business_date), pack({"pk": DATES, "sk": run.business_date.isoformat()})]
        change = (
            {"UpdateExpression": "SET recheck = :recheck"} if recheck_at else {"UpdateExpression": "REMOVE recheck"}
        )
        values = {":number": run.number} | ({":recheck": recheck_at.isoformat()} if recheck_at else {})
        update = change | {
            "TableName": self._table,
            "ConditionExpression": IS_SAME,
            "ExpressionAttributeNames": {"#number": "number"},
            "ExpressionAttributeValues": pack(values),
        }
        return self._transact(
            [
                {"Update": holds_lease(self._table, self._lease_name, fence)},
                *({"Update": update | {"Key": key}} for key in keys),
            ]
        )

    def _transact(self, operations: list[dict[str, Any]]) -> bool:
        try:
            self._client.transact_write_items(TransactItems=operations)
        except ClientError as error:
            if code_of(error) == "TransactionCanceledException" and LOST & set(cancellation_codes(error)):
                return False
            raise
        return True


def _head_key(business_date: date) -> dict[str, Any]:
    return pack({"pk": partition(business_date), "sk": "HEAD"})
