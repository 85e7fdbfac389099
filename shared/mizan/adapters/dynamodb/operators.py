"""Operators in DynamoDB: `OPR` / code; few, written by administration, suspended and resumed by people."""

from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.errors import is_lost_race
from mizan.adapters.dynamodb.history_records import history_list, history_of
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.domain.operators import Operator, OperatorState

PARTITION = "OPR"
IS_AS_SEEN = "#state = :seen_state AND #sequence = :seen_sequence"


class DynamoOperatorRepository:
    """Implements `OperatorRepository`."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table

    def get(self, code: str) -> Operator | None:
        answer = self._client.get_item(TableName=self._table, Key=pack(_key(code)), ConsistentRead=True)
        return _operator_of(unpack(answer["Item"])) if "Item" in answer else None

    def all(self) -> list[Operator]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=pack({":pk": PARTITION}),
            ConsistentRead=True,
        )
        return [_operator_of(unpack(item)) for page in pages for item in page["Items"]]

    def replace(self, before: Operator, after: Operator) -> bool:
        changed = _changeable(after)
        seen = {":seen_state": str(before.state), ":seen_sequence": before.sequence}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=pack(_key(before.code)),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changed),
                ConditionExpression=IS_AS_SEEN,
                ExpressionAttributeNames={f"#{name}": name for name in changed},
                ExpressionAttributeValues=pack({f":{name}": value for name, value in changed.items()} | seen),
            )
        except ClientError as error:
            if not is_lost_race(error):
                raise
            return False
        return True


def operator_item(operator: Operator) -> dict[str, Any]:
    """Written by administration only."""
    return {
        **_key(operator.code),
        "name": operator.name,
        "name_ar": operator.name_ar,
        "licence": operator.licence,
        "accounts": list(operator.accounts),
        "commission": operator.commission,
        "cap": operator.exposure_cap,
        **_changeable(operator),
    }


def _key(code: str) -> dict[str, str]:
    return {"pk": PARTITION, "sk": code or "-"}


def _changeable(operator: Operator) -> dict[str, Any]:
    return {
        "state": str(operator.state),
        "sequence": operator.sequence,
        "updated": operator.updated_at.isoformat(),
        "reason": operator.reason,
        "history": history_list(operator.history),
    }


def _operator_of(item: dict[str, Any]) -> Operator:
    return Operator(
        code=item["sk"],
        name=item["name"],
        name_ar=item["name_ar"],
        licence=item["licence"],
        accounts=tuple(item["accounts"]),
        commission=item["commission"],
        exposure_cap=item["cap"],
        state=OperatorState(item["state"]),
        updated_at=datetime.fromisoformat(item["updated"]),
        reason=item["reason"],
        history=history_of(item["history"]),
    )
