"""The functions around the use cases: what HTTP callers, the stream and the queues get back."""

import json
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from functions.deliver_webhook import handler as deliver
from functions.dispatch_changes import handler as dispatch
from functions.manage_webhook_endpoints import handler as manage
from functions.publish_events import handler as publish
from functions.read_events import handler as read
from functions.send_webhook import handler as send
from functions.sweep_events import handler as sweep
from mizan import bootstrap
from mizan.application.dispatch_changes import Route
from mizan.application.manage_webhook_endpoints import add_webhook_endpoint, change_webhook_endpoint
from mizan.application.ports_webhooks import SendResult
from mizan.application.sweep_events import EventSweepReport
from mizan.domain.callbacks import CallbackKey
from tests.fakes.events import URL, FakeTargets, Telling, an_endpoint, an_event, invoice_key
from tests.fakes.world import FakeWorkQueue
from tests.unit.entrypoints.calls import Answer, call
from tests.unit.entrypoints.calls import an_event as a_request
from tests.unit.webhooks.stories import an_issued_invoice

CONTEXT = SimpleNamespace(aws_request_id="run-1")
DOCUMENT = {
    "id": "evt_inv_000000000000000001_1_moic",
    "type": "invoice.issued",
    "timestamp": "2026-03-01T09:00:00Z",
    "data": {"sequence": 1},
}
EVENT = an_event(1, 1, body=json.dumps(DOCUMENT).encode())
KEY = CallbackKey(f"EVO#{EVENT.stream.object_id}#moic", "WHE#whe_1")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Telling:
    """The functions wired over fakes."""
    world = Telling()
    targets = FakeTargets()
    add = partial(add_webhook_endpoint, endpoints=world.endpoints, targets=targets, clock=world.clock)
    change = partial(change_webhook_endpoint, endpoints=world.endpoints, targets=targets, clock=world.clock)
    wired: dict[str, Any] = {
        "webhook_endpoints": world.endpoints,
        "add_webhook_endpoint": add,
        "change_webhook_endpoint": change,
        "clock": world.clock,
        "event_feed": world.feed,
        "event_log": world.log,
        "delivery_log": world.deliveries,
        "webhook_post": world.post(),
        "webhook_deliverer": world.deliverer(),
        "event_publisher": world.publisher(),
        "webhook_queue": world.delivery_queue,
    }
    for name, part in wired.items():
        monkeypatch.setattr(bootstrap, name, lambda part=part: part)
    return world


def ask(handler: Any, method: str, path: str, body: Any = None, key: str | None = None, **options: Any) -> Answer:
    headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
    scopes = options.pop("scopes", "webhooks:write")
    return call(handler.lambda_handler, a_request(method, path, body, headers=headers, scopes=scopes, **options))


def records(*keys: CallbackKey | str) -> dict[str, Any]:
    bodies = [key if isinstance(key, str) else json.dumps({"pk": key.pk, "sk": key.sk}) for key in keys]
    attributes = {"ApproximateReceiveCount": "1"}
    return {
        "Records": [
            {"messageId": f"m-{number}", "receiptHandle": f"r-{number}", "body": body, "attributes": attributes}
            for number, body in enumerate(bodies)
        ]
    }


# -- the API --------------------------------------------------------------------------------------------------------


def test_registration_shows_the_secret_once_and_a_replay_the_same(world: Telling) -> None:
    """201 with the secret, to the same key again, marked; the list and the endpoint never show it."""
    first = ask(manage, "POST", "/v1/webhook-endpoints", {"url": URL}, key="k-1")
    again = ask(manage, "POST", "/v1/webhook-endpoints", {"url": URL}, key="k-1")
    listed = ask(manage, "GET", "/v1/webhook-endpoints").json["items"]
    shown = ask(manage, "GET", f"/v1/webhook-endpoints/{first.json['endpoint_id']}")

    assert (first.status, again.status, again.json) == (201, 201, first.json)
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert first.json["secret"].startswith("whsec_")
    assert (first.json["url"], first.json["events"], first.json["enabled"]) == (URL, ["payment.succeeded"], True)
    assert listed == [shown.json]
    assert "secret" not in shown.json


def test_an_endpoint_is_changed_rotated_and_removed(world: Telling) -> None:
    """PATCH what is named; the rotation shows the new secret and until when the old one signs; 204 at the end."""
    made = ask(manage, "POST", "/v1/webhook-endpoints", {"url": URL}, key="k-1").json
    path = f"/v1/webhook-endpoints/{made['endpoint_id']}"

    changed = ask(manage, "PATCH", path, {"events": ["payment.*"], "enabled": False})
    rotated = ask(manage, "POST", f"{path}/rotate-secret", key="r-1")
    again = ask(manage, "POST", f"{path}/rotate-secret", key="r-1")
    removed = ask(manage, "DELETE", path)

    assert changed.status == 200
    assert (changed.json["events"], changed.json["enabled"]) == (["payment.*"], False)
    assert changed.json["disabled_reason"] == "by_agency"
    assert rotated.status == again.status == 201
    assert rotated.json["secret"] != made["secret"]
    assert again.json["secret"] == rotated.json["secret"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert rotated.json["old_secret_until"] == "2026-03-02T09:00:00Z"
    assert removed.status == 204
    assert ask(manage, "GET", path).status == 404


def test_every_wrong_field_is_named_by_its_place(world: Telling) -> None:
    """Unknown members, an empty address, an unknown event: 422 with each."""
    wrong = ask(manage, "POST", "/v1/webhook-endpoints", {"url": "", "events": ["payment.succeeded"], "colour": 1})
    unknown = ask(manage, "POST", "/v1/webhook-endpoints", {"url": URL, "events": ["*", "payment.dreamt"]})

    assert wrong.status == unknown.status == 422
    assert set(wrong.wrong) == {"url", "colour"}
    assert unknown.wrong == {"events.1": "unknown_event"}


def test_a_ping_and_a_replay_say_what_the_receiver_said(world: Telling) -> None:
    """201 with the receiver's status; the log has both."""
    world.listen(an_endpoint())
    world.log.put(EVENT)
    world.sender.answers[an_endpoint().url] = SendResult(None, "timeout")

    ping = ask(send, "POST", "/v1/webhook-endpoints/whe_1/test", key="p-1")
    again = ask(send, "POST", "/v1/webhook-endpoints/whe_1/test", key="p-1")
    replay = ask(send, "POST", f"/v1/events/{EVENT.event_id}/replay", {"endpoint_id": "whe_1"})
    for_all = ask(send, "POST", f"/v1/events/{EVENT.event_id}/replay")
    lines = ask(read, "GET", "/v1/webhook-endpoints/whe_1/deliveries").json["items"]

    assert (ping.status, ping.json["accepted"], ping.json["status"], ping.json["error"]) == (
        201,
        False,
        None,
        "timeout",
    )
    assert (again.json, again.headers["Idempotent-Replayed"]) == (ping.json, "true")
    assert [one["event_id"] for one in replay.json["items"]] == [EVENT.event_id]
    assert for_all.json == replay.json
    assert {line["kind"] for line in lines} == {"test", "replay"}
    assert {(line["state"], line["attempts"]) for line in lines} == {("failed", 1)}


def test_events_are_polled_and_read(world: Telling) -> None:
    """What was published, as it was published, page by page."""
    for sequence in (1, 2):
        event = an_event(1, sequence, body=EVENT.body)
        world.log.put(event)
        world.feed.append(event)
    world.clock.advance(timedelta(minutes=1))

    page = ask(read, "GET", "/v1/events", query={"limit": "1"}, scopes="events:read")
    rest = ask(read, "GET", "/v1/events", query={"after": page.json["cursor"], "type": "invoice.*"})
    one = ask(read, "GET", f"/v1/events/{EVENT.event_id}")
    wrong = ask(read, "GET", "/v1/events", query={"after": "nonsense", "type": "invoice.dreamt"})

    assert (len(page.json["items"]), page.json["has_more"]) == (1, True)
    assert (len(rest.json["items"]), rest.json["has_more"]) == (1, False)
    assert one.json == DOCUMENT
    assert (wrong.status, wrong.wrong) == (422, {"type": "unknown_event"})


@pytest.mark.parametrize(
    ("handler", "method", "path"),
    [
        (manage, "GET", "/v1/webhook-endpoints"),
        (read, "GET", "/v1/events"),
        (read, "GET", f"/v1/events/{EVENT.event_id}"),
        (send, "POST", "/v1/webhook-endpoints/whe_1/test"),
        (send, "POST", f"/v1/events/{EVENT.event_id}/replay"),
    ],
)
def test_without_the_scope_nothing_is_told(world: Telling, handler: Any, method: str, path: str) -> None:
    """403, whatever exists."""
    assert ask(handler, method, path, scopes="invoices:read").status == 403


@pytest.mark.parametrize("path", ["/v1/events/evt_1", "/v1/webhook-endpoints/whe_9/deliveries"])
def test_what_is_not_there_is_404(world: Telling, path: str) -> None:
    """Also for ids that never were ours."""
    assert ask(read, "GET", path).status == 404


# -- the queues -----------------------------------------------------------------------------------------------------


def test_a_published_object_leaves_the_queue_and_a_bad_message_stays(world: Telling) -> None:
    """One message's trouble is not the batch's."""
    invoice = an_issued_invoice(world)

    answer = publish.lambda_handler(records(invoice_key(invoice.reference), "not a key"), CONTEXT)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert [event.type for event in world.log.rows.values()] == ["invoice.issued"]


def test_a_delivered_message_leaves_the_queue(world: Telling) -> None:
    """Nothing failed, nothing waits."""
    world.listen(an_endpoint())
    world.log.put(EVENT)

    assert deliver.lambda_handler(records(KEY), CONTEXT) == {"batchItemFailures": []}
    assert world.delivery_queue.sent == []


def test_a_failed_one_comes_again_as_a_message_when_its_time_is_near(world: Telling) -> None:
    """After five seconds; a bad body stays in its queue until that gives it up."""
    world.listen(an_endpoint())
    world.log.put(EVENT)
    world.sender.answers[an_endpoint().url] = SendResult(500)

    answer = deliver.lambda_handler(records(KEY, "not a key"), CONTEXT)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert (world.delivery_queue.sent, world.delivery_queue.delays) == ([KEY], [5])


def test_what_waits_longer_is_left_to_the_sweep(world: Telling) -> None:
    """The table remembers it: no queue has to hide a message for twelve hours."""
    world.listen(an_endpoint())
    world.log.put(EVENT)
    world.sender.answers[an_endpoint().url] = SendResult(500)
    for _ in range(5):
        deliver.lambda_handler(records(KEY), CONTEXT)
        world.clock.advance(timedelta(minutes=5))

    assert world.delivery_queue.delays == [5, 10, 20, 40]
    assert list(world.deliveries.list_due(world.clock.now(), limit=9)) == [KEY]


def test_the_sweep_says_what_it_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts for the operators' graphs."""
    monkeypatch.setattr(bootstrap, "event_sweep", lambda: SimpleNamespace(run=lambda: EventSweepReport(2, 7)))

    assert sweep.lambda_handler({}, CONTEXT) == {"due": 2, "objects": 7}


def test_the_stream_is_copied_by_keys_to_the_queue_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """New deliveries to be settled, changed objects to be published, each once; quotes and removals to nobody."""
    settle, objects, births = FakeWorkQueue(), FakeWorkQueue(), FakeWorkQueue()
    routes = (Route("CB#", lambda: settle), Route("INV#", lambda: objects, ("HEAD", "PAY#", "RFD#", "DSP#")))
    monkeypatch.setattr(bootstrap, "stream_routes", lambda: routes)
    monkeypatch.setattr(bootstrap, "birth_routes", lambda: (Route("INV#", lambda: births, ("HEAD", "REV#")),))
    written = [
        ("INSERT", "CB#202603010902#1", "a"),
        ("INSERT", "INV#1", "HEAD"),
        ("MODIFY", "INV#1", "HEAD"),
        ("MODIFY", "INV#1", "PAY#pay_1"),
        ("INSERT", "INV#1", "RFD#rfd_1"),
        ("INSERT", "INV#1", "DSP#dsp_1"),
        ("INSERT", "INV#1", "QTE#1"),
        ("INSERT", "INV#1", "REV#0001"),
        ("REMOVE", "INV#2", "HEAD"),
        ("INSERT", "EVO#inv_1#moic", "000001"),
    ]
    event = {
        "Records": [
            {"eventName": name, "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}}} for name, pk, sk in written
        ]
    }

    dispatch.lambda_handler(event, None)

    assert settle.sent == [CallbackKey("CB#202603010902#1", "a")]
    assert [key.sk for key in births.sent] == ["HEAD", "REV#0001"]
    assert [key.sk for key in objects.sent] == ["HEAD", "PAY#pay_1", "RFD#rfd_1", "DSP#dsp_1"]
