"""The webhook worker: each message names one object's events and one endpoint; what is next there is sent.

The messages of a batch go out side by side, so that a slow receiver holds up nobody else's. What is to be tried again
soon comes again as a new message; the sweep brings what waits longer.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.application.deliver_webhook import DeliveryReport, WebhookDeliverer
from mizan.domain.webhooks import Delivery, DeliveryState
from mizan.entrypoints.observability import correlate, count, logger, worker
from mizan.entrypoints.queues import key_of

BATCH_MAX = 10
"""As many as the queue hands over at once (BatchSize in the template)."""

SOON = timedelta(minutes=1)
"""What is to be tried again within the sweep's own rhythm is not left to it."""

Record = dict[str, Any]


@worker
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    records: list[Record] = event["Records"]
    deliverer = bootstrap.webhook_deliverer()
    with ThreadPoolExecutor(BATCH_MAX) as pool:
        results = list(pool.map(lambda record: _deliver(record, deliverer), records))
    failed = [record for record, result in zip(records, results, strict=True) if not _conclude(record, result)]
    return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}


def _deliver(record: Record, deliverer: WebhookDeliverer) -> DeliveryReport | Exception:
    try:
        return deliverer.deliver(key_of(record["body"]))
    except Exception as error:  # one message's trouble is not the batch's; it is logged and comes again
        return error


def _conclude(record: Record, result: DeliveryReport | Exception) -> bool:
    """Log and count one message; False: it comes again as it is."""
    if isinstance(result, Exception):
        logger.error("webhook not attempted", exc_info=result)
        count("WebhookErrors")
        return False
    correlate(result.correlation_id or "none")
    for attempt in result.attempts:
        _note(attempt)
    if result.disabled is not None:
        logger.warning("endpoint disabled", extra={"endpoint_id": result.endpoint_id, "reason": str(result.disabled)})
        count("WebhookEndpointDisabled")
    _hand_over_again(record, result)
    return True


COUNTS = {
    DeliveryState.DELIVERED: "WebhookDelivered",
    DeliveryState.WAITING: "WebhookFailed",
    DeliveryState.FAILED: "WebhookGivenUp",
}


def _note(attempt: Delivery) -> None:
    count(COUNTS[attempt.state])
    if attempt.state is not DeliveryState.DELIVERED:
        fields = ("event_id", "endpoint_id", "attempt_count", "last_status", "last_error")
        logger.warning("webhook not delivered", extra={name: getattr(attempt, name) for name in fields})


def _hand_over_again(record: Record, result: DeliveryReport) -> None:
    wait = result.retry_at - bootstrap.clock().now() if result.retry_at else timedelta()
    if result.is_unfinished and wait <= SOON:
        seconds = max(0, -(-wait // timedelta(seconds=1)))
        bootstrap.webhook_queue().send([key_of(record["body"])], delay_seconds=seconds)
