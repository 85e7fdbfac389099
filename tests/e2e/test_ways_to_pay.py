"""Ways to pay from the running platform: the catalogue, the accounts and the calendar as they are stored."""

import pytest

from mizan.domain.journeys import PayerProfile
from tests.e2e.conftest import World


def test_every_profile_is_answered_from_what_is_stored(world: World) -> None:
    """An agency with a card terminal: a debit card is open, and the answer says what else is and why not."""
    found = world.api().get("/v1/services/cr-renewal/channels", amount=50_500)

    profiles = {one["profile"]: one for one in found["profiles"]}
    assert list(profiles) == list(PayerProfile)
    (card,) = [one for one in profiles["debit_card"]["ways"] if one["method"] == "debit_card"]
    assert (card["is_open"], card["payer_pays"]) == (True, 50_500)
    assert card["fee"] == {"bearer": "treasury", "amount": 253, "vat": 25, "total": 278}
    (cash,) = [one for one in profiles["cash_no_smartphone"]["ways"] if one["channel"] == "counter_cash"]
    assert "closed_by_phase" in [one["code"] for one in cash["closed_because"]]


def test_every_service_of_the_catalogue_can_be_asked_about(world: World) -> None:
    """Each with its flag; today all have a channel that needs neither card nor smartphone."""
    services = world.api().get("/v1/services")["items"]

    assert len(services) == 34
    assert [one["code"] for one in services if one["lacks_plain_channel"]] == []


@pytest.mark.parametrize(("path", "status"), [("no-such/channels", 404), ("cr-renewal/channels?amount=x", 422)])
def test_what_cannot_be_answered_is_a_problem(world: World, path: str, status: int) -> None:
    """As everywhere."""
    with world.http() as agency:
        answer = agency.get(f"/v1/services/{path}")

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
