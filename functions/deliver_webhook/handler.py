"""The webhook worker: each message names a ledger transaction; the agency's endpoints are told until all have it.

A message that is not done stays in its queue, hidden until its next attempt; the queue's redrive policy ends it. The
messages of a batch go out side by side, so that a slow receiver holds up nobody else's.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.application.deliver_webhook import DeliveryReport, WebhookDeliverer
from mizan.entrypoints.observability import correlate, count, logger, worker
from mizan.entrypoints.queues import key_of

BATCH_MAX = 10
"""As many as the queue hands over at once (BatchSize in the template)."""

Record = dict[str, Any]


@worker
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    records: list[Record] = event["Records"]
    deliverer = bootstrap.webhook_deliverer()
    with ThreadPoolExecutor(BATCH_MAX) as pool:
        results = list(pool.map(lambda record: _deliver(record, deliverer), records))
    unfinished = [record for record, result in zip(records, results, strict=True) if not _conclude(record, result)]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in unfinished]}


def _deliver(record: Record, deliverer: WebhookDeliverer) -> DeliveryReport | Exception:
    try:
        return deliverer.deliver(key_of(record["body"]))
    except Exception as error:  # one message's trouble is not the batch's; it is logged and comes again
        return error


def _conclude(record: Record, result: DeliveryReport | Exception) -> bool:
    """Log and count one message; whether it is done. What is not done is hidden until its next attempt."""
    if isinstance(result, Exception):
        logger.error("webhook not attempted", exc_info=result)
        count("WebhookErrors")
        return False
    correlate(result.correlation_id)
    count("WebhookFailed", len(result.failures))
    for failure in result.failures:
        logger.warning(
            "webhook not delivered",
            extra={
                "event_id": result.event_id,
                "endpoint_id": failure.endpoint_id,
                "attempt_count": failure.attempt_count,
                "status": failure.last_status,
                "error": failure.last_error,
            },
        )
    if result.retry_at is None:
        count("WebhookDelivered", len(result.delivered))
        return True
    bootstrap.webhook_postponement().until(record["receiptHandle"], result.retry_at, bootstrap.clock().now())
    return False
