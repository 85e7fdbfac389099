"""GET /v1/services/{code}/channels as API Gateway calls it, over a catalogue in memory."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest

from functions.offer_ways.handler import lambda_handler
from mizan import bootstrap
from mizan.application.offer_ways import WaysToPay
from mizan.domain.journeys import PayerProfile
from mizan.domain.payments import PaymentMethod
from tests.fakes.clock import FakeClock
from tests.fakes.journeys import FakeHolidays, FakeRailDirectory, a_service_with_ways
from tests.fakes.samples import FakeServiceCatalogue
from tests.unit.entrypoints.calls import Answer, an_event, call


@dataclass
class World:
    """Noon of 1 March 2026 in Bahrain; the day after is a holiday."""

    rails: FakeRailDirectory = field(default_factory=FakeRailDirectory)
    clock: FakeClock = field(default_factory=FakeClock)


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    ways = WaysToPay(
        services=FakeServiceCatalogue(a_service_with_ways()),
        rails=world.rails,
        holidays=FakeHolidays(date(2026, 3, 2)),
        clock=world.clock,
    )
    monkeypatch.setattr(bootstrap, "ways_to_pay", lambda: ways)
    return world


def ask(code: str = "cr-registration", scopes: str = "services:read", **query: str) -> Answer:
    return call(lambda_handler, an_event("GET", f"/v1/services/{code}/channels", query=query or None, scopes=scopes))


def way(answer: Answer, method: str | None) -> dict[str, Any]:
    (profile,) = answer.json["profiles"]
    (found,) = [one for one in profile["ways"] if one["method"] == method]
    return dict(found)


def test_a_payer_with_cash_alone_is_told_how_by_which_steps_and_at_what_cost() -> None:
    """The whole way, as a call centre reads it out."""
    answer = ask(amount="12500", profile="cash_no_smartphone")

    assert answer.status == 200
    assert {name: answer.json[name] for name in answer.json if name != "profiles"} == {
        "service": "cr-registration",
        "amount": 12_500,
        "currency": "BHD",
        "at": "2026-03-01T09:00:00Z",
        "phase": 0,
        "lacks_plain_way": False,
    }
    (profile,) = answer.json["profiles"]
    assert (profile["profile"], profile["name"], profile["can_pay"]) == (
        "cash_no_smartphone",
        "With cash only, no smartphone",
        True,
    )
    assert profile["name_ar"] == "لديه نقد فقط دون هاتف ذكي"
    assert way(answer, "kiosk") == {
        "channel": "kiosk",
        "method": "kiosk",
        "name": "Pay by kiosk",
        "name_ar": "ادفع",
        "is_open": True,
        "closed_because": [],
        "needs_card": False,
        "needs_smartphone": False,
        "needs_bank_account": False,
        "minimum": 100,
        "maximum": 1_000_000,
        "hours": None,
        "fee": {"bearer": "treasury", "amount": 150, "vat": 15, "total": 165},
        "payer_pays": 12_500,
        "steps": ["Go to kiosk."],
        "steps_ar": ["اذهب."],
    }
    assert way(answer, None)["hours"] == {"opens": "07:30", "closes": "14:00", "working_days_only": True}


def test_without_a_profile_every_kind_of_payer_is_answered() -> None:
    """In the order of the table, each with a name in both languages."""
    profiles = ask(amount="12500").json["profiles"]

    assert [one["profile"] for one in profiles] == list(PayerProfile)
    assert all(one["name"] and one["name_ar"] for one in profiles)


def test_what_is_closed_says_why_and_until_when(world: World) -> None:
    """The evening before a holiday: the counter opens on the day after it; stable codes."""
    world.clock.advance(timedelta(hours=6))

    answer = ask(amount="2000000", profile="cash_no_smartphone")

    assert answer.json["profiles"][0]["can_pay"] is False
    assert [one["code"] for one in way(answer, "kiosk")["closed_because"]] == ["above_maximum"]
    counter = way(answer, None)["closed_because"]
    assert [(one["code"], one["opens_at"]) for one in counter] == [
        ("outside_hours", "2026-03-03T04:30:00Z"),
        ("above_maximum", None),
    ]


def test_without_an_amount_no_fee_is_told() -> None:
    """It depends on the amount."""
    answer = ask(profile="company")

    assert answer.json["amount"] is None
    assert (way(answer, "credit_card")["fee"], way(answer, "credit_card")["payer_pays"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"amount": "0"}, {"amount": "amount_not_positive"}),
        ({"amount": "-5"}, {"amount": "amount_not_positive"}),
        ({"amount": "1.5"}, {"amount": "not_an_integer"}),
        ({"amount": "١٢"}, {"amount": "not_an_integer"}),
        ({"amount": ""}, {"amount": "not_an_integer"}),
        ({"amount": "9" * 4_000}, {"amount": "amount_too_large"}),
        ({"amount": "1000000000000"}, {"amount": "amount_too_large"}),
        ({"profile": "rich"}, {"profile": "unknown_value"}),
        ({"amount": "x", "profile": "rich"}, {"amount": "not_an_integer", "profile": "unknown_value"}),
        ({"channel": "kiosk"}, {"channel": "unknown_parameter"}),
    ],
)
def test_every_wrong_parameter_is_named_at_once(query: dict[str, str], wrong: dict[str, str]) -> None:
    """422 with a stable code each."""
    answer = ask(**query)

    assert (answer.status, answer.wrong) == (422, wrong)


def test_an_unknown_service_is_not_found_and_the_scope_is_needed() -> None:
    """As everywhere."""
    assert ask("no-such").status == 404
    assert ask(scopes="invoices:read").status == 403


def test_a_method_without_account_is_closed_for_want_of_one(world: World) -> None:
    """The agency's own accounts are asked for."""
    del world.rails.rows[PaymentMethod.WALLET]

    answer = ask(amount="12500", profile="wallet_only")

    assert world.rails.asked == ["moic"]
    assert [one["code"] for one in way(answer, "wallet")["closed_because"]] == ["no_account"]
