"""The health of rails: `RAIL#{account}` holds `HEAD` (the state), a ring of `SLOT#nn` (counts), and `LOG#revision`.

The ring is written over and over: slots need neither an expiry nor a sweep.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.errors import cancellation_codes, code_of, is_lost_race
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.domain.health import RailEntry, RailEvent, RailHealth, RailState, Tally

RING_LENGTH = 60
IS_NEW = "attribute_not_exists(pk)"
IS_AS_SEEN = "#revision = :seen"
IS_SAME_SLOT = "starts_at = :starts_at"
IS_OLDER_SLOT = "attribute_not_exists(pk) OR starts_at < :starts_at"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class DynamoRailRecords:
    """`slot` is how long one slot lasts: it names the slot's place in the ring."""

    def __init__(self, client: Any, table: str, slot: timedelta) -> None:
        self._client, self._table, self._slot = client, table, slot

    def read(self, account_id: str) -> RailHealth:
        answer = self._client.get_item(TableName=self._table, Key=_key(account_id, "HEAD"), ConsistentRead=True)
        return _health_of(unpack(answer["Item"])) if "Item" in answer else RailHealth(account_id)

    def move(self, before: RailHealth, after: RailHealth, event: RailEvent, at: datetime) -> bool:
        log = {
            "pk": f"RAIL#{after.account_id}",
            "sk": f"LOG#{after.revision:010d}",
            "event": str(event),
            "state": str(after.state),
            "at": at.isoformat(),
            "seen": _tally_list(after.seen),
        }
        entry = {"TableName": self._table, "Item": pack(log), "ConditionExpression": IS_NEW}
        try:
            self._client.transact_write_items(
                TransactItems=[{"Put": self._head(before, after)}, {"Put": entry}],
            )
        except ClientError as error:
            if code_of(error) == "TransactionCanceledException" and any(
                code != "None" for code in cancellation_codes(error)
            ):
                return False
            raise
        return True

    def claim(self, before: RailHealth, after: RailHealth) -> bool:
        try:
            self._client.put_item(**self._head(before, after))
        except ClientError as error:
            if is_lost_race(error):
                return False
            raise
        return True

    def add(self, account_id: str, slot: datetime, tally: Tally) -> None:
        place = (slot - EPOCH) // self._slot % RING_LENGTH
        values = {
            ":starts_at": slot.isoformat(),
            ":answered": tally.answered,
            ":unavailable": tally.unavailable,
            ":unknown": tally.unknown,
        }
        counted = "answered_count :answered, unavailable_count :unavailable, unknown_count :unknown"
        begun = ", ".join(f"{name}_count = :{name}" for name in ("answered", "unavailable", "unknown"))
        for expression, condition in (
            (f"ADD {counted}", IS_SAME_SLOT),
            (f"SET {begun}, starts_at = :starts_at", IS_OLDER_SLOT),
            (f"ADD {counted}", IS_SAME_SLOT),  # somebody else began the slot between the two
        ):
            if self._update(_key(account_id, f"SLOT#{place:02d}"), expression, condition, values):
                return

    def total(self, account_id: str, since: datetime) -> Tally:
        found = self._query(account_id, "SLOT#", ConsistentRead=True)
        wanted = [item for item in found if item["starts_at"] >= since.isoformat()]
        counts = ("answered_count", "unavailable_count", "unknown_count")
        return sum((Tally(*(item[name] for name in counts)) for item in wanted), Tally())

    def entries(self, account_id: str, *, limit: int) -> Sequence[RailEntry]:
        found = self._query(account_id, "LOG#", ScanIndexForward=False, Limit=limit)
        return [
            RailEntry(
                RailEvent(item["event"]),
                RailState(item["state"]),
                datetime.fromisoformat(item["at"]),
                Tally(*item["seen"]),
            )
            for item in found
        ]

    def _update(self, key: dict[str, Any], expression: str, condition: str, values: dict[str, Any]) -> bool:
        used = {name: value for name, value in values.items() if name in expression or name in condition}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeValues=pack(used),
            )
        except ClientError as error:
            if is_lost_race(error):
                return False
            raise
        return True

    def _query(self, account_id: str, prefix: str, **options: Any) -> list[dict[str, Any]]:
        """One page: the ring is small, and the log is asked for with a limit."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=pack({":pk": f"RAIL#{account_id}", ":prefix": prefix}),
            **options,
        )
        return [unpack(item) for item in answer["Items"]]

    def _head(self, before: RailHealth, after: RailHealth) -> dict[str, Any]:
        put = {"TableName": self._table, "Item": pack(_head_item(after))}
        if before.revision == 0:
            return {**put, "ConditionExpression": IS_NEW}
        named = {"ExpressionAttributeNames": {"#revision": "revision"}}
        seen = pack({":seen": before.revision})
        return {**put, "ConditionExpression": IS_AS_SEEN, **named, "ExpressionAttributeValues": seen}


def _key(account_id: str, sk: str) -> dict[str, Any]:
    return pack({"pk": f"RAIL#{account_id}", "sk": sk})


def _head_item(health: RailHealth) -> dict[str, Any]:
    return {
        "pk": f"RAIL#{health.account_id}",
        "sk": "HEAD",
        "state": str(health.state),
        "since": health.since.isoformat(),
        "revision": health.revision,
        "trips": health.trips,
        "passes": health.passes,
        "cooled_at": health.cooled_at.isoformat(),
        "probe_from": health.probe_from.isoformat(),
        "seen": _tally_list(health.seen),
    }


def _health_of(item: dict[str, Any]) -> RailHealth:
    return RailHealth(
        account_id=item["pk"].removeprefix("RAIL#"),
        state=RailState(item["state"]),
        since=datetime.fromisoformat(item["since"]),
        revision=item["revision"],
        trips=item["trips"],
        passes=item["passes"],
        cooled_at=datetime.fromisoformat(item["cooled_at"]),
        probe_from=datetime.fromisoformat(item["probe_from"]),
        seen=Tally(*item["seen"]),
    )


def _tally_list(tally: Tally) -> list[int]:
    return [tally.answered, tally.unavailable, tally.unknown]
