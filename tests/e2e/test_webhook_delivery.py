"""An agency's receiver that fails: the event waits in the queue and comes again, the same bytes, until it is taken."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from tests.e2e.conftest import World
from tests.e2e.test_bad_luck import Case, wait_for

pytestmark = pytest.mark.engine


@dataclass
class FailingReceiver:
    """Answers with `answers` in turn, then 200; keeps every delivery."""

    answers: list[int]
    url: str = ""
    deliveries: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[FailingReceiver]:
    failing = FailingReceiver([503, 302])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that http.server looks for
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            failing.deliveries.append((headers, body))
            self.send_response(failing.answers.pop(0) if failing.answers else 200)
            self.send_header("location", failing.url)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # the signature that http.server has
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    failing.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield failing
    server.shutdown()
    server.server_close()
    thread.join()


def delivery_states(world: World, event_id: str, endpoint_id: str) -> list[str]:
    items = world.table_items(f"EVT#{event_id}")
    return [item["state"]["S"] for item in items if item["sk"]["S"] == f"DLV#{endpoint_id}"]


def test_event_comes_again_until_the_receiver_takes_it(world: World, receiver: FailingReceiver) -> None:
    """503, a redirect, then 200: three deliveries of the same signed bytes, 5 and 10 seconds apart, then no more."""
    endpoint = world.api().post("/v1/webhook-endpoints", {"url": receiver.url}, idempotency_key="failing", expect=201)
    case = Case(world, "webhook-retried")

    world.pay_by_card(case.gateway_payment)
    wait_for(lambda: len(receiver.deliveries) >= 3)
    event_id = f"evt_cap_{case.attempt['payment_id']}"
    wait_for(lambda: delivery_states(world, event_id, endpoint["endpoint_id"]) == ["delivered"])

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


def test_endpoint_that_was_removed_hears_nothing(world: World, receiver: FailingReceiver) -> None:
    """204, gone from the list, and the next payment's event stays away; its key does not bring it back."""
    receiver.answers.clear()
    api = world.api()
    endpoint = api.post("/v1/webhook-endpoints", {"url": receiver.url}, idempotency_key="removed", expect=201)
    with world.http() as http:
        removed = http.delete(f"/v1/webhook-endpoints/{endpoint['endpoint_id']}")
    witness = api.post("/v1/webhook-endpoints", {"url": f"{receiver.url}/witness"}, idempotency_key="kept", expect=201)
    case = Case(world, "webhook-removed")

    world.pay_by_card(case.gateway_payment)
    event_id = f"evt_cap_{case.attempt['payment_id']}"
    wait_for(lambda: delivery_states(world, event_id, witness["endpoint_id"]) == ["delivered"])

    assert removed.status_code == httpx.codes.NO_CONTENT
    assert delivery_states(world, event_id, endpoint["endpoint_id"]) == []
    assert len(receiver.deliveries) == 1
    listed = [item["endpoint_id"] for item in api.get("/v1/webhook-endpoints")["items"]]
    assert endpoint["endpoint_id"] not in listed
    with world.http() as http:
        again = http.post("/v1/webhook-endpoints", json={"url": receiver.url}, headers={"Idempotency-Key": "removed"})
    assert again.status_code == httpx.codes.CONFLICT


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "https://169.254.169.254/latest/meta-data/", "ftp://127.0.0.1/"])
def test_private_address_is_refused_by_name_of_the_field(world: World, url: str) -> None:
    """Even on a laptop, where loopback is allowed, nothing else that is private is."""
    with world.http() as http:
        answer = http.post("/v1/webhook-endpoints", json={"url": url})

    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert [error["field"] for error in answer.json()["errors"]] == ["url"]


def test_foreign_agency_cannot_remove_an_endpoint(world: World, receiver: FailingReceiver) -> None:
    """404, as if it were not there; its own agency still has it."""
    roles = [role for role in world.notes.keys if role not in ("agency", "counter", "finance")]
    endpoint = world.api().post("/v1/webhook-endpoints", {"url": receiver.url}, idempotency_key="mine", expect=201)

    with world.http(next(role for role in roles if "agency" in role)) as stranger:
        answer = stranger.delete(f"/v1/webhook-endpoints/{endpoint['endpoint_id']}")

    assert answer.status_code == httpx.codes.NOT_FOUND
    listed = [item["endpoint_id"] for item in world.api().get("/v1/webhook-endpoints")["items"]]
    assert endpoint["endpoint_id"] in listed
