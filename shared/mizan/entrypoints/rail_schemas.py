"""The health of rails, as operators and finance read it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from mizan.application.read_rails import RailReport
from mizan.domain.health import RailEntry, RailEvent, RailState, Tally


class RailCountsModel(BaseModel):
    """Calls that began a payment or asked about one. Rates in basis points (10000 is all)."""

    model_config = ConfigDict(frozen=True)

    calls: int
    unavailable: int = Field(description="The gateway was not reached, or did nothing.")
    unknown: int = Field(description="No readable answer in time.")
    failure_rate_bps: int = Field(description="Of all calls, those that were not answered.", examples=[5000])
    unknown_rate_bps: int = Field(description="Of all calls, those that timed out.", examples=[1000])


class RailEntryModel(BaseModel):
    """One change of a rail's state; never edited."""

    model_config = ConfigDict(frozen=True)

    event: RailEvent
    state: RailState = Field(description="After the event.")
    at: datetime
    seen: RailCountsModel = Field(description="What was counted when it last went down.")


class RailModel(BaseModel):
    """One merchant account."""

    model_config = ConfigDict(frozen=True)

    account_id: str
    agency: str
    gateway: str
    method: str
    rank: int = Field(description="0 is preferred.")
    state: RailState
    since: datetime
    recent: RailCountsModel = Field(
        description="Of the last two minutes. Answered calls are written down by twenty, so some may be missing."
    )
    cooled_at: datetime | None = Field(description="When it may be tried again; null while it is up.")
    history: list[RailEntryModel] = Field(description="The last twenty changes, newest first.")


class RailListModel(BaseModel):
    model_config = ConfigDict(frozen=True)

    items: list[RailModel]


def rail_model(report: RailReport) -> RailModel:
    account, health = report.account, report.health
    return RailModel(
        account_id=account.account_id,
        agency=account.agency,
        gateway=account.gateway,
        method=account.method,
        rank=account.rank,
        state=health.state,
        since=health.since,
        recent=_counts(report.seen),
        cooled_at=None if health.is_up else health.cooled_at,
        history=[_entry(entry) for entry in report.entries],
    )


def _entry(entry: RailEntry) -> RailEntryModel:
    return RailEntryModel(event=entry.event, state=entry.state, at=entry.at, seen=_counts(entry.seen))


def _counts(tally: Tally) -> RailCountsModel:
    return RailCountsModel(
        calls=tally.calls,
        unavailable=tally.unavailable,
        unknown=tally.unknown,
        failure_rate_bps=tally.failure_rate,
        unknown_rate_bps=tally.unknown_rate,
    )
