"""Reconciliations, trial balance and journal as JSON. Amounts in fils; instants in UTC unless they say Bahrain."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from mizan.application.read_reports import RunSummary, TrialBalance
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.reconciliation.control import RunStatus, Verdict
from mizan.domain.reconciliation.runs import Outcome, Run, SourceStatus

BOOK_CURRENCY = "BHD"


class TotalsModel(BaseModel):
    count: int
    amount: int = Field(description="Fils; voids and refunds count negative.")


class SideModel(BaseModel):
    """One side of the match: matched + exceptions = input, in rows and in fils, or `is_tied` is false."""

    input: TotalsModel
    matched: TotalsModel
    exceptions: TotalsModel
    is_tied: bool


class MovementsModel(BaseModel):
    """What the gateway's files say; what went back is negative. Runs of before chargebacks were read have none."""

    purchases: TotalsModel
    voids: TotalsModel
    reversals: TotalsModel | None = None
    refunds: TotalsModel
    chargebacks: TotalsModel | None = None
    fees: int
    net_due: int = Field(description="Purchases less all that went back, less fees.")


class ReasonModel(BaseModel):
    """How many exceptions of a reason there are, and what they come to."""

    reason: str = Field(examples=["MISSING_AT_GATEWAY"])
    reason_group: str
    text: str
    text_ar: str
    count: int
    platform_amount: int
    gateway_amount: int


class AccountReconciliationModel(BaseModel):
    gateway: str
    account_id: str
    agency: str
    platform: SideModel
    gateway_side: SideModel
    movements: MovementsModel
    exception_count: int
    file_sha256: str | None = Field(description="The settlement file that was matched.")
    is_file_missing: bool = Field(description="A file was refused and no good one came after it.")


class SourceErrorModel(BaseModel):
    line: int = Field(description="Counts from 1, the column names included; 0 is the file as a whole.")
    code: str
    text: str
    text_ar: str
    detail: str


class SourceFileModel(BaseModel):
    """A settlement file as it was delivered."""

    name: str
    gateway: str
    account_id: str
    status: SourceStatus
    reason: str | None
    sha256: str
    size_bytes: int
    received_at: datetime
    line_count: int | None
    net: int | None
    fees: int | None
    errors: list[SourceErrorModel]


class ExceptionModel(BaseModel):
    """One difference between the two sides, or a file that is one itself. Its id stays the same in later runs."""

    exception_id: str
    reason: str = Field(examples=["AMOUNT_UNDER"])
    reason_group: str
    text: str
    text_ar: str
    agency: str | None
    service: str | None
    gateway: str
    account_id: str
    reference: str | None
    payment_id: str | None
    track_id: str | None
    gateway_transaction: str | None
    rrn: str | None
    platform_amount: int | None
    gateway_amount: int | None
    difference: int | None = Field(description="Gateway less platform.")
    currency: str | None
    platform_state: str | None
    captured_at: datetime | None = Field(description="Asia/Bahrain.")
    file_lines: str | None = Field(description="Lines of the settlement file, space separated.")
    correlation_id: str | None = Field(description="Of the agency's call that started the payment.")
    file: str | None
    first_seen: datetime = Field(description="When a run first showed it; Asia/Bahrain.")
    age_days: int
    next_action: str
    next_action_ar: str


class ReportFileModel(BaseModel):
    name: str = Field(examples=["report.xlsx"])
    url: str = Field(description="Path under this API. Workbooks and large files answer 303 to a link of five minutes.")
    content_type: str
    size_bytes: int
    sha256: str


class ReconciliationModel(BaseModel):
    """The newest run of a business date. `control` FAIL blocks remittance."""

    business_date: date
    run: int
    status: RunStatus
    control: Verdict
    agency: str = Field(description="Whose rows these are; * is every agency's.")
    created_at: datetime
    timezone: str
    rules_version: str
    journal_sha256: str
    platform: SideModel
    gateway: SideModel
    movements: MovementsModel
    exception_count: int
    reasons: list[ReasonModel]
    accounts: list[AccountReconciliationModel]
    sources: list[SourceFileModel]
    exceptions: list[ExceptionModel] = Field(description="The first hundred; exceptions.csv has all of them.")
    files: list[ReportFileModel]


class ReconciliationSummaryModel(BaseModel):
    business_date: date
    run: int
    status: RunStatus
    control: Verdict
    created_at: datetime
    platform: SideModel
    gateway: SideModel
    exception_count: int
    url: str


class ReconciliationListModel(BaseModel):
    """Newest date first; `cursor` continues, null at the end."""

    items: list[ReconciliationSummaryModel]
    cursor: str | None


class LedgerAccountModel(BaseModel):
    account: str = Field(examples=["agency_payable:moic"])
    debit: int
    credit: int
    balance: int = Field(description="Debit less credit.")
    currency: str


class TrialBalanceModel(BaseModel):
    """Of one posting day. Σ debit = Σ credit in each currency; `debit` and `credit` are the dinar's, in fils."""

    posting_day: date
    transaction_count: int
    debit: int
    credit: int
    is_balanced: bool
    accounts: list[LedgerAccountModel]


class PostingModel(BaseModel):
    """`amount` leaves `credit` and enters `debit`."""

    debit: str
    credit: str
    amount: int


class LedgerTransactionModel(BaseModel):
    transaction_id: str
    kind: str
    posting_day: date
    business_date: date
    posted_at: datetime
    captured_at: datetime
    currency: str
    amount: int
    postings: list[PostingModel]
    agency: str
    service: str
    reference: str
    payment_id: str
    gateway: str
    account_id: str
    gateway_transaction: str
    rrn: str
    correlation_id: str


class JournalPageModel(BaseModel):
    """`cursor` continues, null at the end; a page may be short while there are more."""

    items: list[LedgerTransactionModel]
    cursor: str | None


def reconciliation_model(summary: RunSummary) -> ReconciliationModel:
    place = _place(summary.run)
    files = [
        ReportFileModel(
            name=file.name,
            url=f"{place}/files/{file.name}",
            content_type=file.content_type,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
        )
        for file in summary.files
    ]
    return ReconciliationModel.model_validate(summary.document | {"files": files})


def reconciliation_summary_model(run: Run, outcome: Outcome) -> ReconciliationSummaryModel:
    return ReconciliationSummaryModel(
        business_date=run.business_date,
        run=run.number,
        status=outcome.status,
        control=outcome.control,
        created_at=run.created_at,
        platform=SideModel.model_validate(outcome.platform, from_attributes=True),
        gateway=SideModel.model_validate(outcome.gateway_side, from_attributes=True),
        exception_count=outcome.exception_count,
        url=_place(run),
    )


def _is_balanced(found: TrialBalance, currency: str) -> bool:
    return sum(account.balance for account in found.accounts if account.currency == currency) == 0


def trial_balance_model(found: TrialBalance) -> TrialBalanceModel:
    currencies = {account.currency for account in found.accounts}
    mine = [account for account in found.accounts if account.currency == BOOK_CURRENCY]
    debit, credit = sum(account.debit for account in mine), sum(account.credit for account in mine)
    return TrialBalanceModel(
        posting_day=found.posting_day,
        transaction_count=found.transaction_count,
        debit=debit,
        credit=credit,
        is_balanced=all(_is_balanced(found, currency) for currency in currencies),
        accounts=[LedgerAccountModel.model_validate(account, from_attributes=True) for account in found.accounts],
    )


def transaction_model(transaction: LedgerTransaction) -> LedgerTransactionModel:
    return LedgerTransactionModel.model_validate(transaction, from_attributes=True)


def _place(run: Run) -> str:
    return f"/v1/reconciliations/{run.business_date}"
