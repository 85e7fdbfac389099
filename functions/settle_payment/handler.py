"""The settling worker: each message names a kept delivery, or an attempt that is due; the gateway is asked, and what it
says is made so.
"""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.application.settle_payment import ATTEMPT_PREFIX
from mizan.domain.errors import GatewayError
from mizan.entrypoints.observability import correlate, count, logger, worker
from mizan.entrypoints.queues import key_of

processor = BatchProcessor(event_type=EventType.SQS)


def settle(record: SQSRecord) -> None:
    key = key_of(record.body)
    try:
        payment = bootstrap.callback_processor().process(key)
    except GatewayError as error:
        count("InquiryFailed")
        if key.sk.startswith(ATTEMPT_PREFIX):  # its next inquiry is scheduled: the sweep brings it again
            logger.warning("not answered", extra={"sk": key.sk, "error": error.slug})
            return
        raise
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
