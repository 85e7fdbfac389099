"""The adapters' client: the simulated DynamoDB behind a network, and botocore's retries in front of it.

As `mizan.adapters.aws.session` configures it: four attempts; throttling, lost requests and lost answers are tried again
with the very same request, a conflict is not. So a write whose answer was lost meets itself at the second attempt.
"""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from mizan.adapters.aws.session import ATTEMPT_COUNT_MAX
from tests.fakes.dynamodb.client import SimulatedDynamo
from tests.fakes.dynamodb.errors import THROTTLED, cancelled, refused
from tests.fakes.dynamodb.pages import Paginator
from tests.simulation.kernel import Kernel

ENDPOINT = "https://dynamodb.invalid"
READ_FAULTS = ("throttled", "lost_request", "outage")
WRITE_FAULTS = ("throttled", "lost_request", "lost_response", "conflict", "outage")
BACKOFF_MICROS = 150_000


class FaultyDynamo:
    """One for all tasks: it keeps nothing of its own. `lag` is asked for each eventually consistent read."""

    def __init__(self, kernel: Kernel, inner: SimulatedDynamo) -> None:
        self._kernel, self._inner = kernel, inner

    def get_item(self, **request: Any) -> Any:
        return self._attempts("get_item", request, READ_FAULTS)

    def query(self, **request: Any) -> Any:
        return self._attempts("query", request, READ_FAULTS)

    def batch_get_item(self, **request: Any) -> Any:
        return self._attempts("batch_get_item", request, READ_FAULTS)

    def put_item(self, **request: Any) -> Any:
        return self._attempts("put_item", request, WRITE_FAULTS)

    def update_item(self, **request: Any) -> Any:
        return self._attempts("update_item", request, WRITE_FAULTS)

    def delete_item(self, **request: Any) -> Any:
        return self._attempts("delete_item", request, WRITE_FAULTS)

    def transact_write_items(self, **request: Any) -> Any:
        return self._attempts("transact_write_items", request, WRITE_FAULTS)

    def get_paginator(self, operation: str) -> Paginator:
        return Paginator({"query": self.query}[operation])

    def _attempts(self, operation: str, request: dict[str, Any], kinds: tuple[str, ...]) -> Any:
        send = getattr(self._inner, operation)
        what = operation if not self._kernel.is_traced else f"{operation} {_target(operation, request)}"
        for attempt in range(1, ATTEMPT_COUNT_MAX + 1):
            fault = self._kernel.call(what, kinds)
            if fault == "conflict":
                raise _conflict(operation, request)
            error = _trouble(fault)
            if error is None or fault == "lost_response":
                answer = _answer(send, request, is_lost=fault == "lost_response")
                self._kernel.finish(fault)
                if error is None:
                    return answer
            if attempt == ATTEMPT_COUNT_MAX or fault == "outage":
                self._kernel.seen["surfaced " + fault] += 1
                raise error
            self._kernel.sleep(BACKOFF_MICROS * attempt)
        raise AssertionError("a loop that always ends by itself")


def _answer(send: Callable[..., Any], request: dict[str, Any], *, is_lost: bool) -> Any:
    """What DynamoDB says; its refusals are lost like its answers."""
    try:
        return send(**request)
    except ClientError:
        if is_lost:
            return None
        raise


def _trouble(fault: str) -> Exception | None:
    if fault == "throttled":
        return refused("ProvisionedThroughputExceededException", THROTTLED)
    if fault in ("lost_request", "outage"):
        return EndpointConnectionError(endpoint_url=ENDPOINT)
    if fault == "lost_response":
        return ReadTimeoutError(endpoint_url=ENDPOINT)
    return None


def _conflict(operation: str, request: dict[str, Any]) -> ClientError:
    """Another transaction holds one of the items: nothing was written."""
    if operation != "transact_write_items":
        return refused("TransactionConflictException", "Transaction is ongoing for the item", operation)
    reasons = [{"Code": "None"} for _ in request["TransactItems"]]
    reasons[len(str(request)) % len(reasons)] = {"Code": "TransactionConflict"}
    return cancelled(reasons)


def _target(operation: str, request: dict[str, Any]) -> str:
    """The keys that a call is about, for the trace."""
    if operation == "transact_write_items":
        parts = [next(iter(one.values())) for one in request["TransactItems"]]
        return " + ".join(_target("put_item", part) for part in parts)
    key = request.get("Key") or request.get("Item")
    if key:
        return f"{key['pk']['S']}/{key['sk']['S']}"
    return str(request.get("ExpressionAttributeValues") or request.get("RequestItems"))
