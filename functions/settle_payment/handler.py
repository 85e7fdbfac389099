"""The settling worker: each message names a kept delivery; the gateway is asked, and what it says is made so."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.entrypoints.observability import correlate, count, logger, worker
from mizan.entrypoints.queues import key_of

processor = BatchProcessor(event_type=EventType.SQS)


def settle(record: SQSRecord) -> None:
    key = key_of(record.body)
    try:
        payment = bootstrap.callback_processor().process(key)
    except Exception:  # the batch hands it back to the queue; without a line nobody would know why
        logger.exception("not settled", extra={"pk": key.pk, "sk": key.sk})
        count("SettleFailed")
        raise
    if payment is None:
        logger.warning("quarantined", extra={"pk": key.pk, "sk": key.sk})
        count("CallbackQuarantined")
        return
    correlate(payment.correlation_id)
    count("PaymentResolved", state=str(payment.state))


@worker
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return dict(process_partial_response(event=event, record_handler=settle, processor=processor, context=context))
