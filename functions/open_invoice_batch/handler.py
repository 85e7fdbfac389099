"""POST /v1/invoice-batches and …/start: hand a file of invoices in, once however often it is asked."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from mizan import bootstrap
from mizan.application.manage_invoice_batches import SCOPE, OpenBatch
from mizan.entrypoints.batch_schemas import (
    InvoiceBatchModel,
    InvoiceBatchOpenedModel,
    InvoiceBatchRequest,
    batch_model,
    opened_model,
)
from mizan.entrypoints.fields import OptionalIdempotencyKey
from mizan.entrypoints.http import JSON_CONTENT_TYPE, caller_of, created, install, serve
from mizan.entrypoints.invoice_schemas import fingerprint
from mizan.entrypoints.observability import count

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.post(
    "/v1/invoice-batches",
    status_code=201,
    summary="Hand in a file of invoices",
    description="Says what is coming; `upload` says where to put it, then start the batch. The same file is the same "
    "batch, answered as it stands, marked `Idempotent-Replayed: true` and with a fresh upload address while one is "
    "taken; with another mode, format or size it is 409.",
    response_description="The batch, and where to put its file.",
    tags=["Invoices"],
)
def open_batch(
    request: InvoiceBatchRequest, idempotency_key: OptionalIdempotencyKey = None
) -> Response[InvoiceBatchOpenedModel]:
    command = OpenBatch(
        sha256=request.sha256,
        size_bytes=request.size,
        format=request.format,
        mode=request.mode,
        fingerprint=fingerprint(request),
        file_name=request.file_name,
        idempotency_key=idempotency_key,
    )
    batch, link, is_new = bootstrap.invoice_batches().open(command, caller=caller_of(app, SCOPE))
    count("InvoiceBatchOpened" if is_new else "InvoiceBatchReplayed")
    return created(opened_model(batch, link, bootstrap.clock().now()), is_new=is_new)


@app.post(
    "/v1/invoice-batches/<batch_id>/start",
    status_code=202,
    summary="Start a batch",
    description="After the upload; again after it was rejected, quarantined or failed. Starting twice is harmless.",
    response_description="The batch as it stands; read it again to follow it.",
    tags=["Invoices"],
)
def start_batch(
    batch_id: Annotated[str, Path(max_length=64, description="The batch's id.")],
) -> Response[InvoiceBatchModel]:
    batch = bootstrap.invoice_batches().start(batch_id, caller=caller_of(app, SCOPE))
    count("InvoiceBatchStarted")
    return Response(HTTPStatus.ACCEPTED, JSON_CONTENT_TYPE, batch_model(batch))


lambda_handler = serve(app)
