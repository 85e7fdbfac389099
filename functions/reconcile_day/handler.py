"""By schedule: reconcile every business date that needs it. The payload's time is ignored; a repeat is harmless."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.domain.reconciliation.control import Verdict
from mizan.entrypoints.observability import count, logger, worker


@worker
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    report = bootstrap.day_reconciler().run()
    for run in report.runs:
        logger.info(
            "reconciled",
            extra={
                "business_date": run.business_date.isoformat(),
                "run": run.number,
                "status": run.outcome.status,
                "control": run.outcome.control,
                "exceptions": run.outcome.exception_count,
            },
        )
        count("ReconciliationRun")
        count("ReconciliationControlFailed", int(run.outcome.control is Verdict.FAIL))
        count("ReconciliationExceptions", run.outcome.exception_count)
    if report.refused_names:
        logger.warning("files without a readable name", extra={"keys": report.refused_names})
    return {
        "is_busy": report.is_busy,
        "runs": [f"{run.business_date}/{run.number}" for run in report.runs],
        "unchanged": [day.isoformat() for day in report.unchanged],
        "refused_names": len(report.refused_names),
    }
