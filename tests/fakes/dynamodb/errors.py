"""AWS's refusals in botocore's own shape."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

THROTTLED = "The level of configured provisioned throughput for the table was exceeded."


def refused(code: str, message: str, operation: str = "", **members: Any) -> ClientError:
    """`members` stand beside `Error` in the answer, as AWS puts `Item` and `CancellationReasons`."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"RequestId": "SIMULATED", "HTTPStatusCode": 400, "HTTPHeaders": {}, "RetryAttempts": 0},
        "message": message,
        **members,
    }
    return ClientError(response, operation)


def invalid(message: str) -> ClientError:
    return refused("ValidationException", message)


def invalid_call(report: str) -> ParamValidationError:
    """What botocore raises before it sends anything."""
    return ParamValidationError(report=report)


def condition_failed(existing: dict[str, Any] | None) -> ClientError:
    """`existing`: the item that stood there, where the caller asked for it."""
    members: dict[str, Any] = {"Item": dict(existing)} if existing else {}
    return refused("ConditionalCheckFailedException", "The conditional request failed", **members)


def cancelled(reasons: Sequence[dict[str, Any]]) -> ClientError:
    """One reason per operation, in their order; "None" where that one was not at fault."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    return refused(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        "TransactWriteItems",
        CancellationReasons=[dict(reason) for reason in reasons],
    )
