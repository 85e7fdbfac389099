"""Each minute: hand over deliveries that are due again, and objects whose events the stream may have lost."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.entrypoints.observability import count, logger, worker


@worker
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    report = bootstrap.event_sweep().run()
    count("WebhookDue", report.due_count)
    logger.info("swept", extra={"due": report.due_count, "objects": report.object_count})
    return {"due": report.due_count, "objects": report.object_count}
