"""Operators as JSON: what callers send, what they get, and the way between these and the domain."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from mizan.application.manage_operators import BankDeposit, OperatorView
from mizan.domain.operators import OPERATOR_STATES, OperatorState
from mizan.entrypoints.fields import Amount, Description
from mizan.entrypoints.problem_texts import Text
from mizan.entrypoints.timeline import TimelineEntryModel, timeline_of

REQUEST = ConfigDict(strict=True, extra="forbid", frozen=True)
AccountId = Annotated[str, StringConstraints(min_length=1, max_length=80)]
BankReference = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_.:/-]+$")]

OPERATOR_LABELS = {
    "license": Text("Licensed", "رُخّص له"),
    "suspend": Text("Suspended", "أُوقف"),
    "resume": Text("Resumed", "أُعيد تشغيله"),
}


class SuspendOperatorRequest(BaseModel):
    """Why; it is kept."""

    model_config = REQUEST

    reason: Description = Field(examples=["Deposits are three days late"])


class DepositRequest(BaseModel):
    """What the treasury's bank credited for the cash that one of the operator's accounts took. Amounts in fils."""

    model_config = REQUEST

    account_id: AccountId = Field(description="The merchant account whose cash it is.", examples=["kiosk-sample"])
    amount: Amount = Field(examples=[250000])
    bank_reference: BankReference = Field(description="The bank's own: recorded once.", examples=["FT26329-0017"])
    banked_at: AwareDatetime = Field(strict=False, description="When the bank credited it.")


class ExposureModel(BaseModel):
    """What one account took and has not banked, in fils."""

    account_id: str
    exposure: int


class OperatorModel(BaseModel):
    """One operator. Amounts in fils; instants in UTC."""

    code: str = Field(examples=["sample-kiosks"])
    name: str
    name_ar: str
    licence: str
    state: OperatorState
    reason: str = Field(description="Why it is suspended; empty where it is not.")
    commission_basis_points: int
    exposure_cap: int = Field(description="From this on it is shown no more bills.")
    exposure: int = Field(description="Notified and not banked, over all its accounts.")
    accounts: list[ExposureModel]
    updated_at: datetime
    timeline: list[TimelineEntryModel]
    possible: list[str] = Field(description="What may be asked for now.", examples=[["suspend"]])


class OperatorListModel(BaseModel):
    """Every operator, by code."""

    items: list[OperatorModel]


def deposit_command(code: str, request: DepositRequest, *, correlation_id: str) -> BankDeposit:
    return BankDeposit(
        code=code,
        account_id=request.account_id,
        amount=request.amount,
        currency="BHD",
        bank_reference=request.bank_reference,
        banked_at=request.banked_at,
        correlation_id=correlation_id,
    )


def operator_model(view: OperatorView) -> OperatorModel:
    operator = view.operator
    return OperatorModel(
        code=operator.code,
        name=operator.name,
        name_ar=operator.name_ar,
        licence=operator.licence,
        state=operator.state,
        reason=operator.reason,
        commission_basis_points=operator.commission,
        exposure_cap=operator.exposure_cap,
        exposure=view.exposure,
        accounts=[ExposureModel(account_id=name, exposure=balance) for name, balance in view.by_account],
        updated_at=operator.updated_at,
        timeline=timeline_of(operator.history, OPERATOR_LABELS),
        possible=list(OPERATOR_STATES.possible(operator.state)),
    )
