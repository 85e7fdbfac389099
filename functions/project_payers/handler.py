"""The projecting worker: each message names an invoice that is new or was amended; its payers' rows are written."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.entrypoints.observability import count, logger, worker
from mizan.entrypoints.queues import key_of

processor = BatchProcessor(event_type=EventType.SQS)


def project(record: SQSRecord) -> None:
    key = key_of(record.body)
    try:
        count("PayersProjected", bootstrap.project_payers()(key))
    except Exception:  # the batch hands it back to the queue; without a line nobody would know why
        logger.exception("not projected", extra={"pk": key.pk})
        count("ProjectionFailed")
        raise


@worker
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return dict(process_partial_response(event=event, record_handler=project, processor=processor, context=context))
