"""How rails are doing, for those who watch over them."""

from dataclasses import replace

from mizan.application.read_rails import RailReport, read_rails
from mizan.domain.accounts import PAYOUT_METHOD, PLATFORM_AGENCY
from mizan.domain.health import DEFAULT_POLICY, RailEvent, RailHealth, RailState, Tally, judged
from mizan.entrypoints.rail_schemas import rail_model
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.rails import FakeRailRecords
from tests.fakes.samples import ACCOUNT, CALLER
from tests.fakes.world import FakeAccountDirectory

RESERVE = replace(ACCOUNT, account_id="acc-2", token="tok-2", rank=1)
OTHERS = replace(ACCOUNT, account_id="acc-h", token="tok-h", agency="health")
BANK = replace(ACCOUNT, account_id="bank", token="tok-b", agency=PLATFORM_AGENCY, method=PAYOUT_METHOD)
RETIRED = replace(ACCOUNT, account_id="acc-old", token="tok-old", is_active=False)
OPERATOR = replace(CALLER, agency=PLATFORM_AGENCY)


def shown(caller: object, records: FakeRailRecords) -> list[RailReport]:
    return read_rails(
        caller=caller,  # type: ignore[arg-type]  # a Caller
        accounts=FakeAccountDirectory(RESERVE, ACCOUNT, OTHERS, BANK, RETIRED),
        records=records,
        policy=DEFAULT_POLICY,
        clock=FakeClock(),
    )


def test_an_operator_sees_every_active_account_and_an_agency_its_own() -> None:
    """Neither the bank that pays out nor a retired account takes payments; the preferred one comes first."""
    records = FakeRailRecords()

    assert [report.account.account_id for report in shown(OPERATOR, records)] == ["acc-h", "acc-1", "acc-2"]
    assert [report.account.account_id for report in shown(CALLER, records)] == ["acc-1", "acc-2"]


def test_a_rail_is_shown_with_its_rates_and_its_history() -> None:
    """Half of ten calls failed, two of them by timeout: down since noon, with the entry that says so."""
    records = FakeRailRecords()
    seen = Tally(answered=5, unavailable=3, unknown=2)
    up = RailHealth("acc-1")
    records.add("acc-1", NOON, seen)
    assert records.move(up, judged(up, seen, NOON, DEFAULT_POLICY), RailEvent.TRIP, NOON)

    model = rail_model(shown(CALLER, records)[0])

    assert (model.state, model.since) == (RailState.DOWN, NOON)
    assert model.cooled_at == NOON + DEFAULT_POLICY.cool_down
    (entry,) = model.history
    assert (entry.event, entry.at) == (RailEvent.TRIP, NOON)
    for counts in (entry.seen, model.recent):
        assert (counts.calls, counts.unavailable, counts.unknown) == (10, 3, 2)
        assert (counts.failure_rate_bps, counts.unknown_rate_bps) == (5_000, 2_000)


def test_a_rail_that_was_never_down_has_no_history() -> None:
    """Up, with nothing to wait for."""
    model = rail_model(shown(CALLER, FakeRailRecords())[1])

    assert (model.state, model.cooled_at, model.history, model.recent.calls) == (RailState.UP, None, [], 0)
