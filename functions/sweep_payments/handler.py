"""Each minute: hand to the workers what is due to be asked about, and deliveries that the stream may have lost."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.entrypoints.observability import count, logger, worker


@worker
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    report = bootstrap.sweep_payments()()
    count("SweepDue", report.due_count)
    logger.info("swept", extra={"due": report.due_count, "requeued": report.requeued_count})
    return {"due": report.due_count, "requeued": report.requeued_count}
