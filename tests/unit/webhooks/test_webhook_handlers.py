"""The functions around the use cases: what HTTP callers and the queue get back."""

import json
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from functions.deliver_webhook import handler as worker
from functions.manage_webhook_endpoints import handler as api
from mizan import bootstrap
from mizan.adapters.notifications.postponement import WAIT_SECONDS_MAX, SqsPostponement
from mizan.application.manage_webhook_endpoints import add_webhook_endpoint
from mizan.application.ports_webhooks import SendResult
from tests.fakes.clock import NOON, FakeClock
from tests.unit.webhooks.fakes import URL, FakeTargets, FakeWebhookEndpoints, World, an_endpoint

CONTEXT = SimpleNamespace(aws_request_id="run-1")
AGENCY_KEY = {"agency": "moic", "scopes": "webhooks:write", "key_id": "key-1", "role": "agency"}


@pytest.fixture
def endpoints(monkeypatch: pytest.MonkeyPatch) -> FakeWebhookEndpoints:
    store, clock = FakeWebhookEndpoints(), FakeClock()
    add = partial(add_webhook_endpoint, endpoints=store, targets=FakeTargets(), clock=clock)
    monkeypatch.setattr(bootstrap, "webhook_endpoints", lambda: store)
    monkeypatch.setattr(bootstrap, "add_webhook_endpoint", lambda: add)
    monkeypatch.setattr(bootstrap, "clock", lambda: clock)
    return store


def call(method: str, path: str, body: Any = None, key: dict[str, str] | None = None, **headers: str) -> Any:
    event = {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "multiValueHeaders": {name.replace("_", "-"): [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {"requestId": "request-1", "authorizer": key or AGENCY_KEY},
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
    answer = api.lambda_handler(event, CONTEXT)
    return answer["statusCode"], json.loads(answer["body"]) if answer.get("body") else None


def test_registration_shows_the_secret_once_and_a_replay_the_same(endpoints: FakeWebhookEndpoints) -> None:
    """201 with the secret, to the same key again; the list never shows it."""
    first = call("POST", "/v1/webhook-endpoints", {"url": URL}, Idempotency_Key="k-1")
    again = call("POST", "/v1/webhook-endpoints", {"url": URL}, Idempotency_Key="k-1")
    status, listed = call("GET", "/v1/webhook-endpoints")

    assert first[0] == 201
    assert again == first
    assert first[1]["secret"].startswith("whsec_")
    assert (first[1]["url"], first[1]["events"]) == (URL, ["payment.succeeded"])
    shown = {name: value for name, value in first[1].items() if name != "secret"}
    assert (status, listed) == (200, {"items": [shown]})


def test_removal_answers_204_then_404(endpoints: FakeWebhookEndpoints) -> None:
    """What is gone is not found."""
    endpoints.add(an_endpoint("a"))

    assert call("DELETE", "/v1/webhook-endpoints/whe_a") == (204, None)
    status, problem = call("DELETE", "/v1/webhook-endpoints/whe_a")

    assert (status, problem["type"].rpartition("/")[2]) == (404, "not-found")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"url"}),
        ({"url": 5}, {"url"}),
        ({"url": URL, "events": ["a"], "extra": 1}, {"extra"}),
        ({"url": URL, "events": ["a", "payment.succeeded", "b"]}, {"events.0", "events.2"}),
    ],
)
def test_wrong_fields_are_named(endpoints: FakeWebhookEndpoints, body: Any, fields: set[str]) -> None:
    """422 names each, in both languages."""
    status, problem = call("POST", "/v1/webhook-endpoints", body)

    assert status == 422
    assert {error["field"] for error in problem["errors"]} == fields
    assert all(error["message"] and error["message_ar"] for error in problem["errors"])


def test_key_without_the_scope_is_refused(endpoints: FakeWebhookEndpoints) -> None:
    """403 on every route, before anything is read."""
    key = AGENCY_KEY | {"scopes": "invoices:read"}

    statuses = [
        call("POST", "/v1/webhook-endpoints", {"url": URL}, key)[0],
        call("GET", "/v1/webhook-endpoints", None, key)[0],
        call("DELETE", "/v1/webhook-endpoints/whe_a", None, key)[0],
    ]

    assert statuses == [403, 403, 403]


class FakeSqs:
    def __init__(self) -> None:
        self.waits: dict[str, int] = {}

    def change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:  # noqa: N803  # boto3's names
        self.waits[ReceiptHandle] = VisibilityTimeout


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> FakeSqs:
    sqs = FakeSqs()
    monkeypatch.setattr(bootstrap, "webhook_postponement", lambda: SqsPostponement(sqs, "queue"))
    return sqs


def work(world: World, monkeypatch: pytest.MonkeyPatch, *bodies: str) -> Any:
    deliverer = world.deliverer()
    monkeypatch.setattr(bootstrap, "webhook_deliverer", lambda: deliverer)
    monkeypatch.setattr(bootstrap, "clock", lambda: world.clock)
    records = [
        {"messageId": f"m-{number}", "receiptHandle": f"r-{number}", "body": body} for number, body in enumerate(bodies)
    ]
    return worker.lambda_handler({"Records": records}, CONTEXT)


MESSAGE = json.dumps({"pk": World.KEY.pk, "sk": World.KEY.sk})


def test_delivered_message_leaves_the_queue(queue: FakeSqs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing failed, nothing waits."""
    answer = work(World(an_endpoint()), monkeypatch, MESSAGE)

    assert answer == {"batchItemFailures": []}
    assert queue.waits == {}


def test_failed_message_stays_hidden_until_its_next_attempt(queue: FakeSqs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the failed one comes back, after five seconds and some jitter; a bad body comes back as well."""
    world = World(an_endpoint())
    world.sender.answers[an_endpoint().url] = SendResult(500)

    answer = work(world, monkeypatch, MESSAGE, "not a key")

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-0"}, {"itemIdentifier": "m-1"}]}
    assert queue.waits.keys() == {"r-0"}
    assert 5 <= queue.waits["r-0"] <= 6


def test_wait_is_never_longer_than_the_queue_allows() -> None:
    """SQS refuses to hide a message for more than twelve hours from its receipt."""
    sqs = FakeSqs()

    SqsPostponement(sqs, "queue").until("r", NOON.replace(year=2027), NOON)

    assert sqs.waits["r"] == WAIT_SECONDS_MAX < 12 * 60 * 60
