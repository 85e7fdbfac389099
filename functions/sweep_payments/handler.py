"""Each minute: ask about attempts whose outcome is open, and hand on deliveries that the stream may have lost."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.entrypoints.observability import count, logger, worker


@worker
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    report = bootstrap.sweep_payments()()
    count("SweepInquired", report.inquired_count)
    count("SweepFailed", len(report.failed_ids))
    logger.info(
        "swept",
        extra={
            "inquired": report.inquired_count,
            "resolved": report.resolved_count,
            "failed_ids": report.failed_ids,
            "requeued": report.requeued_count,
        },
    )
    return {"inquired": report.inquired_count, "resolved": report.resolved_count, "failed": len(report.failed_ids)}
