"""The batch worker: each message names a batch; one turn goes on with it, and asks for the next."""

import json
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from mizan import bootstrap
from mizan.application.work_on_invoice_batch import BatchWorker
from mizan.domain.invoice_batches import Batch
from mizan.entrypoints.batch_report import BatchReportFormat
from mizan.entrypoints.batch_rows import InvoiceRows
from mizan.entrypoints.observability import correlate, count, logger, worker

RECEIVE_COUNT_MAX = 5
"""As the queue's maxReceiveCount. The last receive does no work, which may be what kills: it says that we gave up."""

processor = BatchProcessor(event_type=EventType.SQS)


class GaveUpError(Exception):
    """Hands the message to the dead-letter queue."""


def work(record: SQSRecord, lambda_context: LambdaContext) -> None:
    batch_id = str(json.loads(record.body)["batch_id"])
    correlate(batch_id)
    batches = bootstrap.batch_worker(InvoiceRows(), BatchReportFormat(bootstrap.public_url()))
    try:
        if int(record.attributes.approximate_receive_count) >= RECEIVE_COUNT_MAX:
            _give_up(batches, batch_id)
        turn, batch = batches.work(batch_id, lambda: lambda_context.get_remaining_time_in_millis() // 1000)
    except Exception:  # the batch hands it back to the queue; without a line nobody would know why
        logger.exception("batch turn failed")
        count("InvoiceBatchTurnFailed")
        raise
    logger.info("batch turn", extra={"turn": str(turn), **(_shown(batch) if batch else {})})
    count("InvoiceBatchTurn")


def _give_up(batches: BatchWorker, batch_id: str) -> None:
    batch = batches.give_up(batch_id)
    count("InvoiceBatchGivenUp")
    raise GaveUpError(str(batch.state) if batch else "not ours")


def _shown(batch: Batch) -> dict[str, Any]:
    return {"agency": batch.agency, "state": str(batch.state), "rows": batch.counts.rows, "loaded": batch.counts.loaded}


@worker
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return dict(process_partial_response(event=event, record_handler=work, processor=processor, context=context))
