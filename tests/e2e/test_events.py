"""What happens to an invoice and its payment is told in order, pushed and polled alike, and once more on request."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.e2e.conftest import World
from tests.e2e.receiving import Receiver, deliveries_of, succeeded_event
from tests.e2e.test_bad_luck import Case, wait_for
from tests.e2e.test_refunds import wait_long

pytestmark = pytest.mark.engine


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().serving() as receiver:
        yield receiver


def register(world: World, receiver: Receiver, name: str, **body: Any) -> dict[str, Any]:
    endpoint: dict[str, Any] = world.api().post(
        "/v1/webhook-endpoints", {"url": receiver.url, "events": ["*"], **body}, idempotency_key=name, expect=201
    )
    return endpoint


def remove(world: World, endpoint: dict[str, Any]) -> None:
    world.api().delete(f"/v1/webhook-endpoints/{endpoint['endpoint_id']}")


def poll(world: World, cursor: str | None = None) -> tuple[list[dict[str, Any]], str]:
    """Everything after a cursor, page by page, and the cursor to go on with."""
    found: list[dict[str, Any]] = []
    while True:
        query: dict[str, Any] = {"after": cursor} if cursor else {}
        page = world.api().get("/v1/events", limit="20", **query)
        found += page["items"]
        cursor = page["cursor"]
        if not page["has_more"]:
            return found, str(cursor)


def of_objects(events: list[dict[str, Any]], *object_ids: str) -> dict[str, list[tuple[int, str]]]:
    """Sequence and type of each object's events, in the order given."""
    found: dict[str, list[tuple[int, str]]] = {object_id: [] for object_id in object_ids}
    for event in events:
        if event["data"].get("object_id") in found:
            found[event["data"]["object_id"]].append((event["data"]["sequence"], event["type"]))
    return found


def test_a_payment_that_is_taken_back_is_told_in_order_and_polled_alike(world: World, receiver: Receiver) -> None:
    """Issued, paid, reopened; succeeded, taken back: each object's events in its order, the same bytes both ways."""
    _, start = poll(world)
    endpoint = register(world, receiver, "in-order")
    case = Case(world, "taken-back")
    invoice_id, payment_id = f"inv_{case.reference}", case.attempt["payment_id"]

    world.pay_by_card(case.gateway_payment)
    wait_for(lambda: case.invoice_state() == "paid")
    url = f"{world.sandbox.url}/sandbox/payments/{case.gateway_payment}/reverse"
    httpx.post(url, json={}, timeout=10, trust_env=False).raise_for_status()
    wait_long(lambda: case.invoice_state() == "issued")
    wait_for(lambda: len(of_objects(receiver.events(), invoice_id)[invoice_id]) == 3)
    wait_for(lambda: len(of_objects(receiver.events(), payment_id)[payment_id]) == 2)
    wait_for(lambda: len(of_objects(poll(world, start)[0], payment_id)[payment_id]) == 2)
    wait_for(lambda: len(of_objects(poll(world, start)[0], invoice_id)[invoice_id]) == 3)
    remove(world, endpoint)

    told = {event["id"]: event for event in receiver.events()}
    polled = {
        event["id"]: event for event in poll(world, start)[0] if event["data"]["object_id"] in (invoice_id, payment_id)
    }
    by_object = of_objects(receiver.events(), invoice_id, payment_id)
    assert by_object[invoice_id] == [(1, "invoice.issued"), (2, "invoice.paid"), (3, "invoice.reopened")]
    assert [kind for _, kind in by_object[payment_id]] == ["payment.succeeded", "payment.voided"]
    assert of_objects(poll(world, start)[0], invoice_id, payment_id) == by_object
    assert {event_id: _instants(told[event_id]) for event_id in polled} == {
        event_id: _instants(event) for event_id, event in polled.items()
    }
    for headers, body in receiver.deliveries:
        Webhook(endpoint["secret"]).verify(body, headers)
    reopened = told[f"evt_{invoice_id}_3_moic"]["data"]
    assert (reopened["previous_sequence"], reopened["invoice"]["outstanding"]) == (2, case.invoice["amount"])


def _instants(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its timestamp as the API writes instants."""
    return event | {"timestamp": event["timestamp"].replace("+00:00", "Z")}


def test_a_replay_and_a_test_ping_reach_the_receiver_at_once(world: World, receiver: Receiver) -> None:
    """The answer says what the receiver said; the log has each; the same key sends nothing again."""
    endpoint = register(world, receiver, "on-request", events=["refund.*"])
    path = f"/v1/webhook-endpoints/{endpoint['endpoint_id']}"
    case = Case(world, "replayed")
    event_id = f"evt_inv_{case.reference}_1_moic"
    wait_for(lambda: world.api().find(f"/v1/events/{event_id}"))
    receiver.answers = [202, 410]

    ping = world.api().post(f"{path}/test", idempotency_key="ping-1", expect=201)
    again = world.api().post(f"{path}/test", idempotency_key="ping-1", expect=201)
    replay = world.api().post(
        f"/v1/events/{event_id}/replay", {"endpoint_id": endpoint["endpoint_id"]}, idempotency_key="re-1", expect=201
    )
    log = deliveries_of(world, endpoint["endpoint_id"])
    remove(world, endpoint)

    assert again == ping
    assert (ping["status"], ping["accepted"]) == (202, True)
    assert [(one["status"], one["accepted"]) for one in replay["items"]] == [(410, False)]
    assert [event["type"] for event in receiver.events()] == ["test.ping", "invoice.issued"]
    assert {one: log[one] for one in (ping["event_id"], event_id)} == {
        ping["event_id"]: ("delivered", 1),
        event_id: ("failed", 1),
    }
    for headers, body in receiver.deliveries:
        Webhook(endpoint["secret"]).verify(body, headers)


def test_after_a_rotation_old_and_new_secret_both_verify(world: World, receiver: Receiver) -> None:
    """An agency moves its receivers without losing a delivery; a third secret verifies nothing."""
    endpoint = register(world, receiver, "rotated")
    path = f"/v1/webhook-endpoints/{endpoint['endpoint_id']}"

    rotated = world.api().post(f"{path}/rotate-secret", idempotency_key="rotation-1", expect=201)
    world.api().post(f"{path}/test", expect=201)
    remove(world, endpoint)

    ((headers, body),) = [(headers, body) for headers, body in receiver.deliveries if b"test.ping" in body]
    assert rotated["secret"] != endpoint["secret"]
    for secret in (endpoint["secret"], rotated["secret"]):
        assert Webhook(secret).verify(body, headers)["type"] == "test.ping"
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 43 + "=").verify(body, headers)


def test_a_disabled_endpoint_hears_nothing_until_it_is_enabled_again(world: World, receiver: Receiver) -> None:
    """What happened meanwhile is in the feed; what happens afterwards is sent."""
    endpoint = register(world, receiver, "paused", events=["invoice.issued"])
    path = f"/v1/webhook-endpoints/{endpoint['endpoint_id']}"
    with world.http() as http:
        off = http.patch(path, json={"enabled": False}).json()
        missed = Case(world, "while-paused")
        wait_for(lambda: world.api().find(f"/v1/events/evt_inv_{missed.reference}_1_moic"))
        on = http.patch(path, json={"enabled": True}).json()
    heard = Case(world, "after-paused")

    wait_for(lambda: any(heard.reference.encode() in body for _, body in receiver.deliveries))
    remove(world, endpoint)

    assert (off["enabled"], off["disabled_reason"], on["enabled"]) == (False, "by_agency", True)
    told = [event["data"]["invoice"]["reference"] for event in receiver.events()]
    assert [reference for reference in told if reference in (missed.reference, heard.reference)] == [heard.reference]


def test_events_are_their_agencys_alone(world: World) -> None:
    """Another agency neither reads nor polls nor replays them; a wrong cursor is named."""
    case = Case(world, "private")
    event_id = f"evt_inv_{case.reference}_1_moic"
    wait_for(lambda: world.api().find(f"/v1/events/{event_id}"))

    with world.http("agency_traffic") as stranger, world.http() as own:
        read = stranger.get(f"/v1/events/{event_id}")
        replayed = stranger.post(f"/v1/events/{event_id}/replay")
        polled = stranger.get("/v1/events")
        wrong = own.get("/v1/events", params={"after": "nonsense"})

    assert (read.status_code, replayed.status_code) == (404, 404)
    assert all(case.reference not in json.dumps(item) for item in polled.json()["items"])
    assert [error["code"] for error in wrong.json()["errors"]] == ["bad_cursor"]
    assert succeeded_event(case).endswith("_3_moic")


def test_the_sweep_runs_and_finds_nothing_that_was_told_already(world: World) -> None:
    """It looks back two days in bounded steps; what it hands over once more is published no second time."""
    first = world.platform.invoke("SweepEventsFunction")
    case = Case(world, "swept")
    event_id = f"evt_inv_{case.reference}_1_moic"
    wait_for(lambda: world.api().find(f"/v1/events/{event_id}"))

    again = world.platform.invoke("SweepEventsFunction")

    for answer in (first, again):
        assert "FunctionError" not in answer, answer["Payload"].read()
        assert json.loads(answer["Payload"].read()).keys() == {"due", "objects"}
