"""The refund worker: each message names a refund that is due; it is sent once, and found out about ever after."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.application.work_refund import REFUND_PREFIX
from mizan.domain.errors import GatewayError
from mizan.entrypoints.observability import correlate, count, logger, worker
from mizan.entrypoints.queues import key_of

processor = BatchProcessor(event_type=EventType.SQS)


def work(record: SQSRecord) -> None:
    key = key_of(record.body)
    try:
        refund = bootstrap.refund_worker().work(key.sk.removeprefix(REFUND_PREFIX))
    except GatewayError as error:  # its next inquiry is scheduled: the sweep brings it again
        logger.warning("not answered", extra={"sk": key.sk, "error": error.slug})
        count("RefundInquiryFailed")
        return
    except Exception:  # the batch hands it back to the queue; without a line nobody would know why
        logger.exception("refund not worked", extra={"pk": key.pk, "sk": key.sk})
        count("RefundWorkFailed")
        raise
    correlate(refund.correlation_id)
    count("RefundWorked", state=str(refund.state))


@worker
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return dict(process_partial_response(event=event, record_handler=work, processor=processor, context=context))
