"""GET /v1/invoice-batches, one of them, and its reports."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from mizan import bootstrap
from mizan.domain.invoice_batches import BatchFormat, ReportKind
from mizan.entrypoints.batch_schemas import InvoiceBatchListModel, InvoiceBatchModel, batch_model
from mizan.entrypoints.http import caller_of, install, owner_of, serve

SCOPE = "invoices:read"

BatchId = Annotated[str, Path(max_length=64, description="The batch's id.")]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/invoice-batches",
    summary="List your batches",
    description="A new batch may take a second to appear.",
    response_description="One page, newest first.",
    tags=["Invoices"],
)
def list_batches(
    limit: Annotated[int, Query(ge=1, le=100, description="Batches per page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=500, description="From the page before.")] = None,
    agency: Annotated[str | None, Query(max_length=64, description="For platform roles: whose batches.")] = None,
) -> InvoiceBatchListModel:
    owner = owner_of(caller_of(app, SCOPE), agency)
    found, following = bootstrap.batch_reader().page(owner, limit=limit, cursor=cursor)
    return InvoiceBatchListModel(items=[batch_model(batch) for batch in found], cursor=following)


@app.get(
    "/v1/invoice-batches/<batch_id>",
    summary="Read a batch",
    response_description="The batch as it stands: its state, its counts, how far it is.",
    tags=["Invoices"],
)
def read_batch(batch_id: BatchId) -> InvoiceBatchModel:
    return batch_model(bootstrap.batch_reader().read(batch_id, caller=caller_of(app, SCOPE)))


@app.get(
    "/v1/invoice-batches/<batch_id>/report",
    status_code=303,
    summary="Fetch a batch's report",
    description="`errors` names every wrong field of every row, in both languages, and never a value; `results` what "
    "became of each row that was loaded, with its reference. Answered by 303 and a `Location` that works for five "
    "minutes without a key. Do not send the key there.",
    responses={303: {"description": "The report is at `Location`."}},
    tags=["Invoices"],
)
def fetch_batch_report(
    batch_id: BatchId,
    format: Annotated[BatchFormat, Query(description="csv opens in Excel; jsonl is for programs.")] = BatchFormat.CSV,
    kind: Annotated[ReportKind, Query(description="Which report.")] = ReportKind.ERRORS,
) -> Response[str]:
    link = bootstrap.batch_reader().report_link(batch_id, kind, format, caller=caller_of(app, SCOPE))
    return Response(HTTPStatus.SEE_OTHER, "text/plain", f"{kind}.{format}\n", headers={"Location": link})


lambda_handler = serve(app)
