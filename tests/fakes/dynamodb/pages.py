"""Queries and scans, a page at a time, and botocore's paginator over them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.fakes.dynamodb.conditions import Condition
from tests.fakes.dynamodb.errors import invalid, invalid_call
from tests.fakes.dynamodb.key_conditions import Range, key_condition, looked_up
from tests.fakes.dynamodb.requests import QUERY, SCAN, Placeholders, Projection, check_members, condition_of
from tests.fakes.dynamodb.table import Index, Key, Table
from tests.fakes.dynamodb.values import Item

Row = tuple[Any, Item]
"""Where a row stands in its order, and what is known of it there."""


def page_of(
    table: Table, request: Mapping[str, Any], lag: int, page_length: int, *, is_scan: bool = False
) -> dict[str, Any]:
    """One page: as many items as the limit lets look at, those that the filter keeps, and where it stopped."""
    check_members(request, SCAN if is_scan else QUERY, "TableName")
    limit = request.get("Limit", page_length)
    if limit < 1:
        raise invalid_call("Invalid value for parameter Limit: valid min value: 1")
    index = _index(table, request, lag)
    placeholders, projection, kept = (
        Placeholders(request),
        Projection(request),
        condition_of(request, "FilterExpression"),
    )
    rows = _scanned(table, index, lag) if is_scan else _queried(table, index, request, placeholders, lag)
    used = [] if is_scan else [key_condition(request["KeyConditionExpression"]).used]
    placeholders.check(projection.used, kept.used if kept else frozenset(), *used)
    if not request.get("ScanIndexForward", True):
        rows.reverse()
    rows = _after(rows, request, table, index)
    looked_at = rows[: min(limit, page_length)]
    items = [item for _, item in looked_at if _is_kept(kept, item, placeholders)]
    answer: dict[str, Any] = {"Count": len(items), "ScannedCount": len(looked_at)}
    if request.get("Select") != "COUNT":
        answer["Items"] = [projection.of(item, placeholders.names) for item in items]
    if looked_at and (len(looked_at) < len(rows) or len(looked_at) == limit):
        answer["LastEvaluatedKey"] = _start_key(table, index, looked_at[-1][1])
    return answer


def _index(table: Table, request: Mapping[str, Any], lag: int) -> Index | None:
    name = request.get("IndexName")
    if name is None:
        return None
    if request.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    return table.index(name, lag=lag)


def _queried(
    table: Table, index: Index | None, request: Mapping[str, Any], placeholders: Placeholders, lag: int
) -> list[Row]:
    if "KeyConditionExpression" not in request:
        raise invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
    wanted = key_condition(request["KeyConditionExpression"])
    schema = index or table
    placeholders.check_given(wanted.used)
    pk, keys = looked_up(wanted, schema.hash_name, schema.range_name, placeholders.names, placeholders.values)
    if index is None:
        return [(key, item) for key in table.keys(pk, keys) if (item := table.get(key, lag=lag)) is not None]
    return _indexed(table, index, pk, keys)


def _indexed(table: Table, index: Index, pk: str, keys: Range) -> list[Row]:
    """KEYS_ONLY: an index knows the keys of the table and its own, nothing else."""
    return [
        (
            place,
            {
                table.hash_name: {"S": place[1][0]},
                table.range_name: {"S": place[1][1]},
                index.hash_name: {"S": pk},
                index.range_name: {"S": place[0]},
            },
        )
        for place in index.partitions.get(pk, [])
        if keys.holds(place[0])
    ]


def _scanned(table: Table, index: Index | None, lag: int) -> list[Row]:
    if index is not None:
        return [row for pk in sorted(index.partitions) for row in _indexed(table, index, pk, Range())]
    return [(key, item) for key in table.all_keys() if (item := table.get(key, lag=lag)) is not None]


def _after(rows: list[Row], request: Mapping[str, Any], table: Table, index: Index | None) -> list[Row]:
    start = request.get("ExclusiveStartKey")
    if start is None:
        return rows
    key: Key = table.key_of(start)
    place: Any = key if index is None else (start[index.range_name]["S"], key)
    if request.get("ScanIndexForward", True):
        return [row for row in rows if row[0] > place]
    return [row for row in rows if row[0] < place]


def _start_key(table: Table, index: Index | None, item: Item) -> Item:
    names = [table.hash_name, table.range_name] + ([index.hash_name, index.range_name] if index else [])
    return {name: item[name] for name in names}


def _is_kept(kept: Condition | None, item: Item, placeholders: Placeholders) -> bool:
    return kept is None or kept.test(item, placeholders.names, placeholders.values)


class Paginator:
    """`ask` is the client's bound method; MaxItems cuts the last page, PageSize bounds each."""

    def __init__(self, ask: Callable[..., dict[str, Any]]) -> None:
        self._ask = ask

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        config = request.pop("PaginationConfig", {})
        if unknown := config.keys() - {"MaxItems", "PageSize"}:
            raise invalid_call(f"Unknown parameter in PaginationConfig: {', '.join(sorted(unknown))}")
        if "PageSize" in config:
            request["Limit"] = config["PageSize"]
        return self._pages(request, config.get("MaxItems"))

    def _pages(self, request: dict[str, Any], left: int | None) -> Iterator[dict[str, Any]]:
        while True:
            answer = self._ask(**request)
            if left is not None:
                answer["Items"] = answer["Items"][:left]
                left -= len(answer["Items"])
            yield answer
            if "LastEvaluatedKey" not in answer or left == 0:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
