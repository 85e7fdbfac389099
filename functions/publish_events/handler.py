"""The publisher: each message names an object; what its agencies have not been told of it is published."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.entrypoints.observability import correlate, count, logger, worker
from mizan.entrypoints.queues import key_of

processor = BatchProcessor(event_type=EventType.SQS)


def publish(record: SQSRecord) -> None:
    key = key_of(record.body)
    try:
        report = bootstrap.event_publisher().publish(key)
    except Exception:  # the batch hands it back to the queue; without a line nobody would know why
        logger.exception("not published", extra={"pk": key.pk, "sk": key.sk})
        count("PublishFailed")
        raise
    if report.published:
        correlate(report.correlation_id or "none")
        count("EventPublished", len(report.published))
        logger.info("published", extra={"events": list(report.published), "handed_over": report.handed_count})


@worker
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return dict(process_partial_response(event=event, record_handler=publish, processor=processor, context=context))
