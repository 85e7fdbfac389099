"""On request and at once: a test ping, and an event once more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from mizan.application.ports_webhooks import SendResult
from mizan.domain.errors import BusyError, IdempotencyConflictError, NotFoundError
from mizan.domain.webhooks import DeliveryKind
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.events import Telling, an_endpoint, an_event
from tests.fakes.samples import AGENCY, CALLER, STRANGER

OPERATOR = replace(CALLER, agency="*", key_id="key-9")
EVENT = an_event(1, 2)


@pytest.fixture
def world() -> Telling:
    """Two endpoints for everything, one for payments, one that is disabled; one event."""
    world = Telling(clock=FakeClock(datetime.now(UTC).replace(microsecond=0)))
    world.listen(
        an_endpoint("1"),
        an_endpoint("2"),
        an_endpoint("payments", events=("payment.*",)),
        an_endpoint("off", disabled_at=NOON),
    )
    world.log.put(EVENT)
    return world


def test_a_ping_goes_out_at_once_and_its_answer_comes_back(world: Telling) -> None:
    """Signed as everything else is; what the receiver said is what the caller reads."""
    world.sender.answers[an_endpoint("1").url] = SendResult(418)

    sent, is_new = world.post().ping("whe_1", None, caller=CALLER)

    (received,) = world.sender.sent
    assert (is_new, sent.endpoint_id, sent.result) == (True, "whe_1", SendResult(418))
    assert Webhook(an_endpoint("1").secret).verify(received.body, dict(received.headers))["type"] == "test.ping"
    (line,) = world.deliveries.lines.values()
    assert (line.kind, line.event_id, line.last_status) == (DeliveryKind.TEST, sent.event_id, 418)


def test_a_disabled_endpoint_is_pinged_all_the_same(world: Telling) -> None:
    """That is how one sees whether to enable it."""
    sent, _ = world.post().ping("whe_off", None, caller=CALLER)

    assert sent.result.is_accepted


def test_a_ping_under_the_same_key_is_sent_once(world: Telling) -> None:
    """The repeat is answered as the first time."""
    first, _ = world.post().ping("whe_1", "key-1", caller=CALLER)
    world.sender.answers[an_endpoint("1").url] = SendResult(500)

    again, is_new = world.post().ping("whe_1", "key-1", caller=CALLER)

    assert (again, is_new) == (first, False)
    assert len(world.sender.sent) == 1
    with pytest.raises(IdempotencyConflictError):
        world.post().ping("whe_2", "key-1", caller=CALLER)


def test_nobody_pings_another_agencys_endpoint(world: Telling) -> None:
    """It is not there, as far as others can tell."""
    with pytest.raises(NotFoundError):
        world.post().ping("whe_1", None, caller=STRANGER)


def test_a_replay_goes_to_every_enabled_endpoint_that_wants_such_events(world: Telling) -> None:
    """The very bytes, whatever their cursors say; the cursors stay where they are."""
    sent, _ = world.post().replay(EVENT.event_id, None, None, caller=CALLER)

    assert sorted(one.endpoint_id for one in sent) == ["whe_1", "whe_2"]
    assert {one.body for one in world.sender.sent} == {EVENT.body}
    assert {one.headers["webhook-id"] for one in world.sender.sent} == {EVENT.event_id}
    assert world.deliveries.cursors == {}


def test_a_replay_may_name_its_endpoint_whatever_it_listens_to(world: Telling) -> None:
    """Somebody asked for exactly this."""
    sent, _ = world.post().replay(EVENT.event_id, "whe_payments", None, caller=CALLER)

    assert [one.endpoint_id for one in sent] == ["whe_payments"]
    with pytest.raises(NotFoundError):
        world.post().replay(EVENT.event_id, "whe_none", None, caller=CALLER)


def test_an_operator_replays_for_any_agency_and_an_agency_for_itself(world: Telling) -> None:
    """The event's id says whose it is."""
    sent, _ = world.post().replay(EVENT.event_id, "whe_1", None, caller=OPERATOR)

    assert [one.endpoint_id for one in sent] == ["whe_1"]
    with pytest.raises(NotFoundError):
        world.post().replay(EVENT.event_id, None, None, caller=STRANGER)
    with pytest.raises(NotFoundError):
        world.post().replay("evt_inv_000000000000000001_9_moic", None, None, caller=CALLER)


def test_a_request_whose_carrier_died_is_carried_out_again(world: Telling) -> None:
    """Within a minute it may still be on its way; then it is sent, twice rather than never."""
    world.requests.begin(AGENCY, "key-1", "unknown", world.clock.now())
    fingerprint = world.requests.rows
    fingerprint[AGENCY, "key-1"] = ("unknown", world.clock.now(), None)

    with pytest.raises(IdempotencyConflictError):
        world.post().replay(EVENT.event_id, "whe_1", "key-1", caller=CALLER)
    world.clock.advance(timedelta(minutes=2))
    sent, is_new = world.post().replay(EVENT.event_id, "whe_1", "key-1", caller=CALLER)

    assert (is_new, len(sent)) == (True, 1)


def test_the_same_request_at_the_same_time_is_busy(world: Telling) -> None:
    """The second caller is asked to come again; the receiver gets it once."""
    troubles: list[Exception] = []

    def second() -> None:
        world.sender.during = None
        try:
            world.post().replay(EVENT.event_id, "whe_1", "key-1", caller=CALLER)
        except BusyError as error:
            troubles.append(error)

    world.sender.during = second
    world.post().replay(EVENT.event_id, "whe_1", "key-1", caller=CALLER)

    assert len(troubles) == 1
    assert len(world.sender.sent) == 1
