"""The one transaction in which attempts, invoices, refunds, disputes and the journal change together."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.balances import balance_updates
from mizan.adapters.dynamodb.changes import IS_NEW, change, creation, kept_revision
from mizan.adapters.dynamodb.errors import (
    CONFLICT_CODES,
    cancellation_codes,
    code_of,
    is_condition_failure,
)
from mizan.adapters.dynamodb.invoice_records import PersonalData
from mizan.adapters.dynamodb.items import pack, unpack
from mizan.adapters.dynamodb.journal_records import transaction_item
from mizan.adapters.dynamodb.stand_ins import stand_in_row
from mizan.application.ports_books import CommitOutcome, Move
from mizan.domain.invoices import Invoice
from mizan.domain.ledger import LedgerTransaction

Operation = dict[str, Any]


class DynamoBooks:
    """Implements `Books`. A single write costs half of a transaction of one, so a single move is one."""

    def __init__(self, client: Any, table: str, personal: PersonalData) -> None:
        self._client, self._table, self._personal = client, table, personal

    def commit(
        self,
        moves: Sequence[Move],
        *,
        transaction: LedgerTransaction | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> CommitOutcome:
        operations = [operation for move in moves for operation in self._operations(move)]
        if transaction is not None:
            operations.append({"Put": {"Item": pack(transaction_item(transaction)), "ConditionExpression": IS_NEW}})
            operations += [{"Update": counting} for counting in balance_updates(transaction)]
        claimed_from = len(operations)
        operations += [
            {"Put": {"Item": pack(_claim_key(name) | {"holder": holder}), "ConditionExpression": IS_NEW}}
            for name, holder in (claims or {}).items()
        ]
        for operation in operations:
            next(iter(operation.values()))["TableName"] = self._table
        try:
            self._write(operations)
        except ClientError as error:
            return _outcome(error, claimed_from)
        return CommitOutcome.COMMITTED

    def holder(self, claim: str) -> str | None:
        answer = self._client.get_item(TableName=self._table, Key=pack(_claim_key(claim)), ConsistentRead=True)
        return str(unpack(answer["Item"])["holder"]) if "Item" in answer else None

    def _operations(self, move: Move) -> list[Operation]:
        if move.before is None:
            return [{"Put": creation(move.after, self._personal)}]
        operations: list[Operation] = [{"Update": change(move.before, move.after, self._personal)}]
        if isinstance(move.before, Invoice) and isinstance(move.after, Invoice):
            revision = kept_revision(move.before, move.after, self._personal)
            operations += [{"Put": revision}] if revision else []
            row = stand_in_row(move.before, move.after)
            operations += [{"Put": {"Item": pack(row), "ConditionExpression": IS_NEW}}] if row else []
        return operations

    def _write(self, operations: list[Operation]) -> None:
        if len(operations) > 1:
            self._client.transact_write_items(TransactItems=operations, ClientRequestToken=_token(operations))
        elif "Put" in operations[0]:
            self._client.put_item(**operations[0]["Put"])
        else:
            self._client.update_item(**operations[0]["Update"])


def _claim_key(name: str) -> dict[str, str]:
    return {"pk": name, "sk": "CLAIM"}


def _token(operations: list[Operation]) -> str:
    """The same content is the same request: a retry after a lost answer is recognised for ten minutes."""
    return hashlib.sha256(json.dumps(operations, sort_keys=True, default=repr).encode()).hexdigest()[:36]


def _outcome(error: ClientError, claimed_from: int) -> CommitOutcome:
    """Branch on each reason; what changed comes before a claim, for it decides whether there is anything to book."""
    if is_condition_failure(error):
        return CommitOutcome.CHANGED
    code = code_of(error)
    if code in ("TransactionInProgressException", "TransactionConflictException"):
        return CommitOutcome.CONFLICT
    if code != "TransactionCanceledException":
        raise error
    codes = cancellation_codes(error)
    failed = [position for position, code in enumerate(codes) if code == "ConditionalCheckFailed"]
    if failed:
        return CommitOutcome.CHANGED if failed[0] < claimed_from else CommitOutcome.CLAIMED
    if CONFLICT_CODES.intersection(codes):
        return CommitOutcome.CONFLICT
    raise error
