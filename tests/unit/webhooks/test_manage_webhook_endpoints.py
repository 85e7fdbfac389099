"""Registering, listing and removing endpoints."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mizan.application.manage_webhook_endpoints import (
    AddWebhookEndpoint,
    ChangeWebhookEndpoint,
    add_webhook_endpoint,
    change_webhook_endpoint,
    list_webhook_endpoints,
    remove_webhook_endpoint,
    rotate_webhook_secret,
    show_webhook_endpoint,
)
from mizan.domain.accounts import Caller
from mizan.domain.errors import (
    ConflictError,
    ForbiddenError,
    IdempotencyConflictError,
    InvalidInputError,
    NotFoundError,
)
from mizan.domain.webhooks import ENDPOINT_COUNT_MAX, DisabledReason, WebhookEndpoint
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.events import URL, FakeTargets, FakeWebhookEndpoints
from tests.fakes.samples import CALLER, STRANGER

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


def change(
    store: FakeWebhookEndpoints,
    endpoint_id: str,
    *,
    caller: Caller = CALLER,
    clock: FakeClock | None = None,
    **fields: Any,
) -> WebhookEndpoint:
    return change_webhook_endpoint(
        endpoint_id,
        ChangeWebhookEndpoint(**fields),
        caller=caller,
        endpoints=store,
        targets=FakeTargets(),
        clock=clock or FakeClock(),
    )


def test_what_is_named_changes_and_the_rest_stays() -> None:
    """Address and events; the secret, the id and the creation stay. The same change again changes nothing."""
    store = FakeWebhookEndpoints()
    endpoint, _ = add(store)

    moved = change(store, endpoint.endpoint_id, url=f"{URL}/moved")
    heard = change(store, endpoint.endpoint_id, events=("payment.*", "*"))
    again = change(store, endpoint.endpoint_id, events=("*", "payment.*"))

    assert (moved.url, moved.events, moved.secret) == (f"{URL}/moved", endpoint.events, endpoint.secret)
    assert (heard.url, heard.events) == (f"{URL}/moved", ("*", "payment.*"))
    assert again == heard == show_webhook_endpoint(endpoint.endpoint_id, caller=CALLER, endpoints=store)


def test_an_endpoint_that_is_enabled_again_listens_from_then_on() -> None:
    """What happened while it was off is not sent; its failures are forgotten."""
    store, clock = FakeWebhookEndpoints(), FakeClock()
    endpoint, _ = add(store)

    off = change(store, endpoint.endpoint_id, is_enabled=False, clock=clock)
    clock.advance(timedelta(hours=1))
    on = change(store, endpoint.endpoint_id, is_enabled=True, clock=clock)

    assert (off.disabled_at, off.disabled_reason) == (NOON, DisabledReason.BY_AGENCY)
    assert (on.disabled_at, on.disabled_reason, on.listening_since) == (None, None, NOON + timedelta(hours=1))
    assert change(store, endpoint.endpoint_id, is_enabled=True, clock=clock) == on


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"events": ()}, "no_events"),
        ({"events": ("pay*",)}, "unknown_event"),
        ({"events": ("test.ping",)}, "unknown_event"),
    ],
)
def test_a_change_is_checked_as_a_creation_is(fields: dict[str, Any], wrong: str) -> None:
    """Filters are everything, a kind, or a known type."""
    store = FakeWebhookEndpoints()
    endpoint, _ = add(store)

    with pytest.raises(InvalidInputError) as raised:
        change(store, endpoint.endpoint_id, **fields)

    assert [error.code for error in raised.value.fields] == [wrong]


def test_a_rotation_under_the_same_key_is_one() -> None:
    """A lost answer is asked for again: the agency must get the secret that signs. Without a key each rotates."""
    store = FakeWebhookEndpoints()
    endpoint, _ = add(store)

    def rotate(key: str | None) -> tuple[WebhookEndpoint, bool]:
        return rotate_webhook_secret(endpoint.endpoint_id, key, caller=CALLER, endpoints=store, clock=FakeClock())

    first, is_new = rotate("rotation-1")
    again, is_new_again = rotate("rotation-1")
    other, _ = rotate(None)

    assert (is_new, is_new_again, again) == (True, False, first)
    assert len({endpoint.secret, first.secret, other.secret}) == 3
    assert [one.secret for one in other.retired] == [first.secret, endpoint.secret]


def test_another_agencys_endpoint_is_neither_read_nor_changed() -> None:
    """It is not there, as far as others can tell."""
    store = FakeWebhookEndpoints()
    endpoint, _ = add(store)

    with pytest.raises(NotFoundError):
        show_webhook_endpoint(endpoint.endpoint_id, caller=STRANGER, endpoints=store)
    with pytest.raises(NotFoundError):
        change(store, endpoint.endpoint_id, caller=STRANGER, url=URL)
    with pytest.raises(NotFoundError):
        rotate_webhook_secret(endpoint.endpoint_id, None, caller=STRANGER, endpoints=store, clock=FakeClock())


def test_two_changes_at_once_both_take_effect() -> None:
    """The one that came second is made again on what the first left."""
    store = FakeWebhookEndpoints()
    endpoint, _ = add(store)
    replace_once, rivals = store.replace, [replace(endpoint, url=f"{URL}/rival", version=2)]

    def overtaken(before: WebhookEndpoint, after: WebhookEndpoint) -> bool:
        if rivals:
            store.rows[endpoint.agency, endpoint.endpoint_id] = rivals.pop()
        return replace_once(before, after)

    store.replace = overtaken  # type: ignore[method-assign]  # a rival writes first
    changed = change(store, endpoint.endpoint_id, events=("*",))

    assert (changed.url, changed.events, changed.version) == (f"{URL}/rival", ("*",), 3)
