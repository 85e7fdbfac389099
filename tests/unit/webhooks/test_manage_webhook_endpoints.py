"""Registering, listing and removing endpoints."""

from dataclasses import replace

import pytest

from mizan.application.manage_webhook_endpoints import (
    AddWebhookEndpoint,
    add_webhook_endpoint,
    list_webhook_endpoints,
    remove_webhook_endpoint,
)
from mizan.domain.accounts import Caller
from mizan.domain.errors import (
    ConflictError,
    ForbiddenError,
    IdempotencyConflictError,
    InvalidInputError,
    NotFoundError,
)
from mizan.domain.webhooks import ENDPOINT_COUNT_MAX, WebhookEndpoint
from tests.fakes.clock import FakeClock
from tests.fakes.samples import CALLER, STRANGER
from tests.unit.webhooks.fakes import URL, FakeTargets, FakeWebhookEndpoints

COMMAND = AddWebhookEndpoint(URL, idempotency_key="key-1")


def add(
    store: FakeWebhookEndpoints,
    command: AddWebhookEndpoint = COMMAND,
    caller: Caller = CALLER,
    targets: FakeTargets | None = None,
) -> tuple[WebhookEndpoint, bool]:
    return add_webhook_endpoint(
        command, caller=caller, endpoints=store, targets=targets or FakeTargets(), clock=FakeClock()
    )


def test_repeat_with_the_same_key_is_the_same_endpoint_and_the_same_secret() -> None:
    """A lost answer is asked for again: the agency must get the secret that signs, not another one."""
    store = FakeWebhookEndpoints()

    first, is_new = add(store)
    again, is_new_again = add(store)

    assert (is_new, is_new_again) == (True, False)
    assert again == first
    assert first.secret.startswith("whsec_")
    assert len(store.rows) == 1


def test_same_key_with_another_body_is_a_conflict() -> None:
    """A key is bound to its request."""
    store = FakeWebhookEndpoints()
    add(store)

    with pytest.raises(IdempotencyConflictError):
        add(store, replace(COMMAND, url=f"{URL}/other"))


def test_keys_of_two_agencies_do_not_meet() -> None:
    """Two agencies may use the same key; neither sees the other's endpoint."""
    store = FakeWebhookEndpoints()

    mine, _ = add(store)
    theirs, is_new = add(store, caller=STRANGER)

    assert is_new
    assert mine.endpoint_id != theirs.endpoint_id
    assert list_webhook_endpoints(caller=STRANGER, endpoints=store) == [theirs]


def test_every_wrong_field_is_named_at_once() -> None:
    """A forbidden address and an unknown event are told together."""
    command = AddWebhookEndpoint("http://10.0.0.1/", events=("payment.succeeded", "payment.dreamt"))

    with pytest.raises(InvalidInputError) as raised:
        add(FakeWebhookEndpoints(), command, targets=FakeTargets("url_not_https"))

    assert [(error.field, error.code) for error in raised.value.fields] == [
        ("events.1", "unknown_event"),
        ("url", "url_not_https"),
    ]


def test_endpoint_without_events_is_refused() -> None:
    """An endpoint that would never hear anything is a mistake."""
    with pytest.raises(InvalidInputError) as raised:
        add(FakeWebhookEndpoints(), replace(COMMAND, events=()))

    assert [(error.field, error.code) for error in raised.value.fields] == [("events", "no_events")]


def test_endpoints_of_an_agency_are_bounded() -> None:
    """Every event goes to each of them within one run of the worker. A replay is still answered at the bound."""
    store = FakeWebhookEndpoints()
    for number in range(ENDPOINT_COUNT_MAX):
        add(store, replace(COMMAND, idempotency_key=f"key-{number}"))

    _, is_new = add(store, replace(COMMAND, idempotency_key="key-0"))

    assert not is_new
    with pytest.raises(ConflictError):
        add(store, replace(COMMAND, idempotency_key="one-more"))


def test_removed_endpoint_does_not_come_back_by_a_late_repeat() -> None:
    """A creation that was delayed on the way must not undo the removal."""
    store = FakeWebhookEndpoints()
    endpoint, _ = add(store)
    remove_webhook_endpoint(endpoint.endpoint_id, caller=CALLER, endpoints=store, clock=FakeClock())

    with pytest.raises(ConflictError):
        add(store)
    assert list_webhook_endpoints(caller=CALLER, endpoints=store) == []


def test_another_agencys_endpoint_cannot_be_removed() -> None:
    """It is not there, as far as others can tell."""
    store = FakeWebhookEndpoints()
    endpoint, _ = add(store)

    with pytest.raises(NotFoundError):
        remove_webhook_endpoint(endpoint.endpoint_id, caller=STRANGER, endpoints=store, clock=FakeClock())
    assert list_webhook_endpoints(caller=CALLER, endpoints=store) == [endpoint]


def test_platform_role_has_no_endpoints_of_its_own() -> None:
    """Events are an agency's; a key for all agencies stands for none."""
    platform = replace(CALLER, agency="*")

    with pytest.raises(ForbiddenError):
        add(FakeWebhookEndpoints(), caller=platform)
