"""A reconciliation run as an item and back: one item holds the run, its sources and where its files are."""

from datetime import date, datetime
from typing import Any

from mizan.domain.errors import LineError
from mizan.domain.reconciliation.control import RunStatus, Side, Totals, Verdict
from mizan.domain.reconciliation.runs import Outcome, ReportFile, Run, SourceFile, SourceStatus

ERROR_COUNT_MAX = 20
"""Errors of a file that its run keeps; all of them are in the note beside the quarantined file."""


def partition(business_date: date) -> str:
    return f"REC#{business_date.isoformat()}"


def run_attributes(run: Run) -> dict[str, Any]:
    """Everything but the key."""
    return {
        "date": run.business_date.isoformat(),
        "number": run.number,
        "created": run.created_at.isoformat(),
        "fingerprint": run.fingerprint,
        "journal": run.journal_sha256,
        "rules": run.rules_version,
        "outcome": _outcome_list(run.outcome),
        "agencies": {agency: _outcome_list(outcome) for agency, outcome in run.agencies.items()},
        "sources": [_source_map(source) for source in run.sources],
        "files": {scope: [_file_list(file) for file in files] for scope, files in run.files.items()},
        "recheck": run.recheck_at.isoformat() if run.recheck_at else None,
    }


def run_of(item: dict[str, Any]) -> Run:
    recheck = item.get("recheck")
    return Run(
        business_date=date.fromisoformat(item["date"]),
        number=item["number"],
        created_at=datetime.fromisoformat(item["created"]),
        fingerprint=item["fingerprint"],
        journal_sha256=item["journal"],
        rules_version=item["rules"],
        outcome=_outcome_of(item["outcome"]),
        agencies={agency: _outcome_of(outcome) for agency, outcome in item["agencies"].items()},
        sources=tuple(_source_of(source) for source in item["sources"]),
        files={scope: tuple(ReportFile(*file) for file in files) for scope, files in item["files"].items()},
        recheck_at=datetime.fromisoformat(recheck) if recheck else None,
    )


def _outcome_list(outcome: Outcome) -> list[Any]:
    return [
        str(outcome.status),
        str(outcome.control),
        _side_list(outcome.platform),
        _side_list(outcome.gateway_side),
        outcome.exception_count,
    ]


def _outcome_of(values: list[Any]) -> Outcome:
    status, control, platform, gateway_side, exception_count = values
    return Outcome(RunStatus(status), Verdict(control), _side_of(platform), _side_of(gateway_side), exception_count)


def _side_list(side: Side) -> list[list[int]]:
    return [[totals.count, totals.amount] for totals in (side.input, side.matched, side.exceptions)]


def _side_of(values: list[list[int]]) -> Side:
    return Side(*(Totals(count, amount) for count, amount in values))


def _file_list(file: ReportFile) -> list[Any]:
    return [file.name, file.key, file.content_type, file.size_bytes, file.sha256]


def _source_map(source: SourceFile) -> dict[str, Any]:
    return {
        "key": source.key,
        "gateway": source.gateway,
        "account": source.account_id,
        "sha256": source.sha256,
        "size": source.size_bytes,
        "received": source.received_at.isoformat(),
        "status": str(source.status),
        "kept": source.kept_key,
        "lines": source.line_count,
        "net": source.net,
        "fees": source.fees,
        "errors": [[error.line, error.code, error.detail] for error in source.errors[:ERROR_COUNT_MAX]],
    }


def _source_of(values: dict[str, Any]) -> SourceFile:
    return SourceFile(
        key=values["key"],
        gateway=values["gateway"],
        account_id=values["account"],
        sha256=values["sha256"],
        size_bytes=values["size"],
        received_at=datetime.fromisoformat(values["received"]),
        status=SourceStatus(values["status"]),
        kept_key=values["kept"],
        line_count=values.get("lines"),
        net=values.get("net"),
        fees=values.get("fees"),
        errors=tuple(LineError(*error) for error in values["errors"]),
    )
