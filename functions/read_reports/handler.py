"""What finance reads: reconciliations and their files, the trial balance, the journal. An agency sees its own."""

from datetime import date
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from mizan import bootstrap
from mizan.entrypoints.fields import IsoDate
from mizan.entrypoints.http import caller_of, install, serve
from mizan.entrypoints.report_schemas import (
    JournalPageModel,
    ReconciliationListModel,
    ReconciliationModel,
    TrialBalanceModel,
    reconciliation_model,
    reconciliation_summary_model,
    transaction_model,
    trial_balance_model,
)

SCOPE = "reports:read"

BusinessDate = Annotated[IsoDate, Path(description="The gateway's business date, Asia/Bahrain.")]
PostingDay = Annotated[IsoDate, Query(description="The day that the books took it, Asia/Bahrain.")]
Cursor = Annotated[str | None, Query(max_length=500, description="From the page before.")]

app = APIGatewayRestResolver(enable_validation=True)
install(app)


@app.get(
    "/v1/reconciliations",
    summary="List reconciliations",
    response_description="The newest run of each date, newest date first.",
    tags=["Reports"],
)
def list_reconciliations(
    limit: Annotated[int, Query(ge=1, le=100, description="Dates per page.")] = 31, cursor: Cursor = None
) -> ReconciliationListModel:
    found, following = bootstrap.reports().list_runs(caller=caller_of(app, SCOPE), limit=limit, cursor=cursor)
    items = [reconciliation_summary_model(run, outcome) for run, outcome in found]
    return ReconciliationListModel(items=items, cursor=following)


@app.get(
    "/v1/reconciliations/<business_date>",
    summary="Read a date's reconciliation",
    description="What its newest run came to, its first hundred exceptions, and the files that hold everything.",
    response_description="The newest run.",
    tags=["Reports"],
)
def read_reconciliation(business_date: BusinessDate) -> ReconciliationModel:
    return reconciliation_model(bootstrap.reports().read_run(business_date, caller=caller_of(app, SCOPE)))


@app.get(
    "/v1/reconciliations/<business_date>/files/<name>",
    summary="Fetch a report",
    description="JSON and CSV are answered as they are; the workbook, and what is too large for one answer, by 303 and "
    "a `Location` that works for five minutes without a key. Do not send the key there.",
    response_description="The file.",
    responses={303: {"description": "The file is at `Location`."}},
    tags=["Reports"],
)
def fetch_report(
    business_date: BusinessDate,
    name: Annotated[str, Path(description="report.xlsx, exceptions.csv, matched.csv or report.json.")],
) -> Response[str]:
    found = bootstrap.reports().read_file(business_date, name, caller=caller_of(app, SCOPE))
    if found.link is not None:
        return Response(HTTPStatus.SEE_OTHER, "text/plain", f"{name}\n", headers={"Location": found.link})
    headers = {"Content-Disposition": f'attachment; filename="{_download_name(business_date, name)}"'}
    return Response(HTTPStatus.OK, found.report.content_type, found.text, headers=headers)


@app.get(
    "/v1/ledger/trial-balance",
    summary="Read a day's trial balance",
    response_description="Every account that the day's transactions moved; Σ debit = Σ credit.",
    tags=["Reports"],
)
def read_trial_balance(on: PostingDay) -> TrialBalanceModel:
    return trial_balance_model(bootstrap.reports().trial_balance(on, caller=caller_of(app, SCOPE)))


@app.get(
    "/v1/journal",
    summary="Read a day's journal",
    response_description="One page of transactions; the order is stable, not that of time.",
    tags=["Reports"],
)
def read_journal(
    on: PostingDay,
    limit: Annotated[int, Query(ge=1, le=200, description="Transactions per page.")] = 100,
    cursor: Cursor = None,
) -> JournalPageModel:
    found, following = bootstrap.reports().journal(on, caller=caller_of(app, SCOPE), limit=limit, cursor=cursor)
    return JournalPageModel(items=[transaction_model(transaction) for transaction in found], cursor=following)


def _download_name(business_date: date, name: str) -> str:
    return f"{business_date}-{name}"


lambda_handler = serve(app)
