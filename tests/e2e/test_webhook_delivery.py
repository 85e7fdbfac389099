"""An agency's receiver that fails: the event waits and comes again, the same bytes, until it is taken."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from tests.e2e.conftest import World
from tests.e2e.receiving import Receiver, deliveries_of, succeeded_event
from tests.e2e.test_bad_luck import Case, wait_for

pytestmark = pytest.mark.engine


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().serving() as receiver:
        yield receiver


def test_event_comes_again_until_the_receiver_takes_it(world: World, receiver: Receiver) -> None:
    """503, a redirect, then 200: three deliveries of the same signed bytes, 5 and 10 seconds apart, then no more."""
    case = Case(world, "webhook-retried")
    receiver.answers, receiver.concern = [503, 302], case.reference
    endpoint = world.api().post("/v1/webhook-endpoints", {"url": receiver.url}, idempotency_key="failing", expect=201)

    world.pay_by_card(case.gateway_payment)
    event_id = succeeded_event(case)
    wait_for(lambda: deliveries_of(world, endpoint["endpoint_id"]).get(event_id) == ("delivered", 3))
    world.api().delete(f"/v1/webhook-endpoints/{endpoint['endpoint_id']}")

    bodies = {body for _, body in receiver.deliveries}
    times = [int(headers["webhook-timestamp"]) for headers, _ in receiver.deliveries]
    assert len(bodies) == 1
    assert {headers["webhook-id"] for headers, _ in receiver.deliveries} == {event_id}
    assert len(receiver.deliveries) == 3
    assert times[1] - times[0] >= 4
    assert times[2] - times[1] >= 9
    event: dict[str, Any] = json.loads(bodies.pop())
    for headers, body in receiver.deliveries:
        Webhook(endpoint["secret"]).verify(body, headers)
    payment, invoice = event["data"]["payment"], event["data"]["invoice"]
    assert (payment["reference"], payment["amount"]) == (case.reference, case.invoice["amount"])
    assert (payment["disposition"], payment["currency"]) == ("allocated", "BHD")
    assert (invoice["state"], invoice["outstanding"]) == ("paid", 0)


def test_endpoint_that_was_removed_hears_nothing(world: World, receiver: Receiver) -> None:
    """204, gone from the list, and the next payment's event stays away; its key does not bring it back."""
    api = world.api()
    endpoint = api.post("/v1/webhook-endpoints", {"url": receiver.url}, idempotency_key="removed", expect=201)
    with world.http() as http:
        removed = http.delete(f"/v1/webhook-endpoints/{endpoint['endpoint_id']}")
    witness = api.post("/v1/webhook-endpoints", {"url": f"{receiver.url}/witness"}, idempotency_key="kept", expect=201)
    case = Case(world, "webhook-removed")
    receiver.concern = case.reference

    world.pay_by_card(case.gateway_payment)
    wait_for(lambda: succeeded_event(case) in deliveries_of(world, witness["endpoint_id"]))
    api.delete(f"/v1/webhook-endpoints/{witness['endpoint_id']}")

    assert removed.status_code == httpx.codes.NO_CONTENT
    assert len(receiver.deliveries) == 1
    listed = [item["endpoint_id"] for item in api.get("/v1/webhook-endpoints")["items"]]
    assert endpoint["endpoint_id"] not in listed
    with world.http() as http:
        again = http.post("/v1/webhook-endpoints", json={"url": receiver.url}, headers={"Idempotency-Key": "removed"})
    assert again.status_code == httpx.codes.CONFLICT


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "https://169.254.169.254/latest/meta-data/", "ftp://127.0.0.1/"])
def test_private_address_is_refused_by_name_of_the_field(world: World, url: str) -> None:
    """Even on a laptop, where loopback is allowed, nothing else that is private is; a change is held to it too."""
    endpoint = world.api().post(
        "/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/"}, idempotency_key=f"moved-{url[:9]}", expect=201
    )
    path = f"/v1/webhook-endpoints/{endpoint['endpoint_id']}"
    with world.http() as http:
        created = http.post("/v1/webhook-endpoints", json={"url": url})
        changed = http.patch(path, json={"url": url})
        http.delete(path)

    for answer in (created, changed):
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
        assert [error["field"] for error in answer.json()["errors"]] == ["url"]


def test_foreign_agency_cannot_reach_an_endpoint(world: World, receiver: Receiver) -> None:
    """404, as if it were not there; its own agency still has it."""
    endpoint = world.api().post("/v1/webhook-endpoints", {"url": receiver.url}, idempotency_key="mine", expect=201)
    path = f"/v1/webhook-endpoints/{endpoint['endpoint_id']}"

    with world.http("agency_traffic") as stranger:
        answers = [
            stranger.get(path),
            stranger.patch(path, json={"enabled": False}),
            stranger.post(f"{path}/test"),
            stranger.post(f"{path}/rotate-secret"),
            stranger.get(f"{path}/deliveries"),
            stranger.delete(path),
        ]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert world.api().get(path)["enabled"]
    assert receiver.deliveries == []
    world.api().delete(path)
