"""The settling worker: each message names a kept delivery; the gateway is asked, and what it says is made so."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.entrypoints.observability import correlate, count, worker
from mizan.entrypoints.queues import key_of

processor = BatchProcessor(event_type=EventType.SQS)


def settle(record: SQSRecord) -> None:
    payment = bootstrap.callback_processor().process(key_of(record.body))
    if payment is None:
        count("CallbackQuarantined")
        return
    correlate(payment.correlation_id)
    count("PaymentResolved", state=str(payment.state))


@worker
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return dict(process_partial_response(event=event, record_handler=settle, processor=processor, context=context))
