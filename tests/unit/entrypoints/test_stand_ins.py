"""Serving while nothing can be paid, over HTTP: what callers see, in both languages."""

from functools import partial
from typing import Any

import pytest

from functions.read_stand_ins.handler import lambda_handler as read_handler
from functions.stand_in.handler import lambda_handler as serve_handler
from mizan import bootstrap
from mizan.application.stand_in import StandIns
from mizan.domain.health import RailHealth, RailState
from tests.fakes.billers import FakeOperatorRepository
from tests.fakes.journeys import a_service_with_ways
from tests.fakes.platform import Platform
from tests.fakes.samples import ACCOUNT, FakeServiceCatalogue, an_invoice
from tests.fakes.stand_ins import FakeStandInList
from tests.unit.entrypoints.calls import Answer, an_event, call

BODY = {"reason": "All rails are down. كل القنوات متوقفة"}


@pytest.fixture(autouse=True)
def wired(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service with every way to pay; the agency's one terminal is down."""
    platform.services = FakeServiceCatalogue(a_service_with_ways())
    platform.rails.heads[ACCOUNT.account_id] = RailHealth(ACCOUNT.account_id, RailState.DOWN)
    desk = StandIns(
        invoices=platform.invoices,
        services=platform.services,
        availability=platform.router(),
        operators=FakeOperatorRepository(),
        clock=platform.clock,
    )
    for name, part in (
        ("stand_ins", desk),
        ("stand_in_list", FakeStandInList(platform.invoices)),
        ("services", platform.services),
    ):
        monkeypatch.setattr(bootstrap, name, partial(_same, part))


def _same(part: Any) -> Any:
    return part


def serve(platform: Platform, body: Any = BODY, key: str | None = "serve-1", **changes: Any) -> Answer:
    reference = platform.with_invoice(an_invoice()).reference if not platform.invoices.rows else an_invoice().reference
    headers = {"Idempotency-Key": key} if key is not None else {}
    return call(
        serve_handler, an_event("POST", f"/v1/invoices/{reference}/stand-ins", body, headers=headers, **changes)
    )


def read(query: dict[str, str], **changes: Any) -> Answer:
    return call(read_handler, an_event("GET", "/v1/stand-ins", query=query, **changes))


def test_it_is_created_with_who_why_and_until_when_and_a_replay_is_marked(platform: Platform) -> None:
    """201 twice; the second is the first."""
    first, again = serve(platform), serve(platform)

    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert (first.json["amount"], first.json["outstanding"], first.json["outcome"]) == (12_500, 12_500, "owed")
    assert (first.json["actor"], first.json["reason"]) == ("key:key-1", BODY["reason"])
    assert (first.json["at"], first.json["grace_until"]) == ("2026-03-01T09:00:00Z", "2026-03-02T09:00:00Z")
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"


def test_where_a_way_is_open_the_problem_names_it(platform: Platform) -> None:
    """409, and which to offer instead."""
    platform.rails.heads[ACCOUNT.account_id] = RailHealth(ACCOUNT.account_id)

    answer = serve(platform)

    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (409, "route-open")
    assert answer.json["available"] == ["debit_card"]
    assert "عاملة" in answer.json["title_ar"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [({}, "reason"), ({"reason": " "}, "reason"), ({"reason": "x" * 201}, "reason"), ({**BODY, "hours": 48}, "hours")],
)
def test_a_reason_is_needed_and_nothing_else_is_taken(platform: Platform, body: Any, wrong: str) -> None:
    """How long the grace is, is not the caller's to say."""
    answer = serve(platform, body)

    assert answer.status == 422
    assert list(answer.wrong) == [wrong]


def test_a_key_and_the_scope_are_needed(platform: Platform) -> None:
    """As for everything that changes an invoice."""
    assert serve(platform, key=None).status == 422
    assert serve(platform, scopes="invoices:read").status == 403


def test_the_figures_are_read_by_days(platform: Platform) -> None:
    """Served, by outcome, and the list."""
    serve(platform)

    answer = read({"from": "2026-03-01", "to": "2026-03-01"})

    assert answer.status == 200
    assert (answer.json["date_from"], answer.json["date_to"], answer.json["served"]) == ("2026-03-01", "2026-03-01", 1)
    assert answer.json["outcomes"] == [
        {"outcome": "paid", "count": 0, "amount": 0},
        {"outcome": "owed", "count": 1, "amount": 12_500},
        {"outcome": "closed", "count": 0, "amount": 0},
    ]
    assert [item["reference"] for item in answer.json["items"]] == [an_invoice().reference]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"from": "2026-03-01"}, {"to": "missing"}),
        ({"from": "2026-03-02", "to": "2026-03-01"}, {"to": "date_before_start"}),
        ({"from": "yesterday", "to": "2026-03-01"}, {"from": "bad_date"}),
        ({"from": "2026-03-01", "to": "2027-03-02"}, {"to": "range_too_long"}),
    ],
)
def test_days_that_cannot_be_meant_are_named(query: dict[str, str], wrong: dict[str, str]) -> None:
    """Every wrong field, by its own name."""
    answer = read(query)

    assert (answer.status, answer.wrong) == (422, wrong)
