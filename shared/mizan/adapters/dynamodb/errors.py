"""Reading botocore's errors: which condition failed, and what stood there."""

from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.items import unpack

CONFLICT_CODES = frozenset(
    {"TransactionConflict", "TransactionInProgressException", "ThrottlingError", "ProvisionedThroughputExceeded"}
)
"""Cancellation reasons that say "nothing was written, try again"."""


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def is_condition_failure(error: ClientError) -> bool:
    return code_of(error) == "ConditionalCheckFailedException"


def is_lost_race(error: ClientError) -> bool:
    """Somebody else wrote first, or a transaction holds the item just now: nothing was written, look again.

    AWS refuses a single write on an item in a running transaction, and botocore does not retry that.
    """
    return is_condition_failure(error) or code_of(error) == "TransactionConflictException"


def old_item(error: ClientError) -> dict[str, Any] | None:
    """The item that made the condition fail, where ReturnValuesOnConditionCheckFailure asked for it."""
    response: Any = error.response  # the stubs do not know this member
    item = response.get("Item")
    return unpack(item) if item else None


def cancellation_codes(error: ClientError) -> list[str]:
    """One code per item of the transaction, in its order: "None", "ConditionalCheckFailed", "TransactionConflict" …"""
    response: Any = error.response  # the stubs do not know this member
    reasons: list[dict[str, Any]] = response.get("CancellationReasons", [])
    return [reason.get("Code") or "None" for reason in reasons]
