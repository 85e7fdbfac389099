"""The reports as JSON: `report.json`, all of it, and `summary.json`, what one call over the API answers."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from mizan.adapters.documents.report_rows import (
    EXCEPTION_COLUMNS,
    MATCHED_COLUMNS,
    Column,
    Row,
    exception_rows,
    matched_rows,
)
from mizan.application.ports_reconciliation import ReportInput
from mizan.domain.errors import LineError
from mizan.domain.reconciliation.control import Movements, Side, Totals
from mizan.domain.reconciliation.file_errors import FILE_ERRORS
from mizan.domain.reconciliation.reasons import EXPLANATIONS, Reason
from mizan.domain.reconciliation.runs import AccountResult, SourceFile, open_faults

SUMMARY_EXCEPTION_COUNT_MAX = 100
REPORT_MATCHED_COUNT_MAX = 50_000
"""Matched rows in report.json; matched.csv has all of them always."""


def summary_json(report: ReportInput) -> bytes:
    rows = islice(exception_rows(report), SUMMARY_EXCEPTION_COUNT_MAX)
    return _dump(_head(report) | {"exceptions": [_plain(row, EXCEPTION_COLUMNS) for row in rows]})


def report_json(report: ReportInput) -> bytes:
    matched = [_plain(row, MATCHED_COLUMNS) for row in islice(matched_rows(report), REPORT_MATCHED_COUNT_MAX)]
    exceptions = [_plain(row, EXCEPTION_COLUMNS) for row in exception_rows(report)]
    return _dump(_head(report) | {"exceptions": exceptions, "matched": matched})


def first_seen(content: bytes) -> dict[str, datetime]:
    return {row["exception_id"]: datetime.fromisoformat(row["first_seen"]) for row in json.loads(content)["exceptions"]}


def quarantine_note(source: SourceFile, errors: Sequence[LineError]) -> bytes:
    """{file, gateway, account_id, sha256, received_at, errors: [{line, code, text, text_ar, detail}]}"""
    return _dump(
        {
            "file": source.key,
            "kept": source.kept_key,
            "gateway": source.gateway,
            "account_id": source.account_id,
            "sha256": source.sha256,
            "size_bytes": source.size_bytes,
            "received_at": source.received_at.isoformat(),
            "error_count": len(errors),
            "errors": [error_fields(error) for error in errors],
        }
    )


def error_fields(error: LineError) -> dict[str, Any]:
    """`line` 0 is the file as a whole."""
    text, text_ar = FILE_ERRORS[error.code]
    return {"line": error.line, "code": error.code, "text": text, "text_ar": text_ar, "detail": error.detail}


def _head(report: ReportInput) -> dict[str, Any]:
    outcome = report.outcome
    return {
        "business_date": report.business_date.isoformat(),
        "run": report.number,
        "status": str(outcome.status),
        "control": str(outcome.control),
        "agency": report.agency,
        "created_at": report.created_at.isoformat(),
        "timezone": "Asia/Bahrain",
        "rules_version": report.rules_version,
        "journal_sha256": report.journal_sha256,
        "platform": side_fields(outcome.platform),
        "gateway": side_fields(outcome.gateway_side),
        "movements": _movement_fields(sum((account.movements for account in report.accounts), start=Movements())),
        "exception_count": outcome.exception_count,
        "reasons": _reasons(report),
        "accounts": [_account_fields(account) for account in report.accounts],
        "sources": [_source_fields(source) for source in report.sources],
    }


def side_fields(side: Side) -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: _totals(totals)
        for name, totals in (("input", side.input), ("matched", side.matched), ("exceptions", side.exceptions))
    }
    return fields | {"is_tied": side.is_tied}


def _totals(totals: Totals) -> dict[str, int]:
    return {"count": totals.count, "amount": totals.amount}


def _movement_fields(movements: Movements) -> dict[str, Any]:
    return {
        "purchases": _totals(movements.purchases),
        "voids": _totals(movements.voids),
        "reversals": _totals(movements.reversals),
        "refunds": _totals(movements.refunds),
        "chargebacks": _totals(movements.chargebacks),
        "fees": movements.fees,
        "net_due": movements.net_due,
    }


def _account_fields(account: AccountResult) -> dict[str, Any]:
    return {
        "gateway": account.gateway,
        "account_id": account.account_id,
        "agency": account.agency,
        "platform": side_fields(account.platform),
        "gateway_side": side_fields(account.gateway_side),
        "movements": _movement_fields(account.movements),
        "exception_count": len(account.differences),
        "file_sha256": account.file_sha256,
        "is_file_missing": account.is_file_missing,
    }


def _source_fields(source: SourceFile) -> dict[str, Any]:
    return {
        "name": source.name,
        "gateway": source.gateway,
        "account_id": source.account_id,
        "status": str(source.status),
        "reason": str(source.reason) if source.reason else None,
        "sha256": source.sha256,
        "size_bytes": source.size_bytes,
        "received_at": source.received_at.isoformat(),
        "line_count": source.line_count,
        "net": source.net,
        "fees": source.fees,
        "errors": [error_fields(error) for error in source.errors],
    }


def _reasons(report: ReportInput) -> list[dict[str, Any]]:
    """How many of each reason, files included, and what they come to, in the order of the taxonomy."""
    sums: defaultdict[Reason, list[int]] = defaultdict(lambda: [0, 0, 0])
    for difference in (found for account in report.accounts for found in account.differences):
        found = sums[difference.reason]
        found[0] += 1
        found[1] += difference.platform_amount or 0
        found[2] += difference.gateway_amount or 0
    for source in open_faults(report.sources):
        sums[source.reason or Reason.FILE_REFUSED][0] += 1
    return [
        {
            "reason": str(reason),
            "reason_group": str(EXPLANATIONS[reason].group),
            "text": EXPLANATIONS[reason].text,
            "text_ar": EXPLANATIONS[reason].text_ar,
            "count": sums[reason][0],
            "platform_amount": sums[reason][1],
            "gateway_amount": sums[reason][2],
        }
        for reason in Reason
        if reason in sums
    ]


def _plain(row: Row, columns: Sequence[Column]) -> dict[str, Any]:
    """Fils only: decimals are for people. Every exception has the same fields."""
    cells = {column.name: row.get(column.name) for column in columns}
    return {name: cell for name, cell in cells.items() if not isinstance(cell, Decimal) and "_decimal" not in name}


def _dump(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode()
