"""Signing by the Standard Webhooks scheme, checked with the public library as the receiver; rotation with overlap."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from mizan.domain.webhooks import (
    RETIRED_COUNT_MAX,
    SECRET_OVERLAP,
    DeliveryCursor,
    RetiredSecret,
    encode_secret,
    next_attempt,
    ping_body,
    rotated,
    signed_headers,
)
from tests.fakes.clock import NOON
from tests.fakes.events import an_endpoint

SECRET, OTHER = encode_secret(b"a" * 32), encode_secret(b"b" * 32)
BODY = '{"id":"evt_1","amount":12500,"text":"سجل"}'.encode()


def test_public_library_verifies_what_is_signed() -> None:
    """Agencies verify with any Standard Webhooks library."""
    headers = signed_headers([SECRET], "evt_1", BODY, datetime.now(UTC))

    assert Webhook(SECRET).verify(BODY, dict(headers))["id"] == "evt_1"


def test_public_library_refuses_a_changed_byte_and_an_old_attempt() -> None:
    """A signature covers every byte and the attempt's time: neither a changed amount nor a replay passes."""
    headers = dict(signed_headers([SECRET], "evt_1", BODY, datetime.now(UTC)))
    old = dict(signed_headers([SECRET], "evt_1", BODY, datetime.now(UTC) - timedelta(minutes=6)))
    receiver = Webhook(SECRET)

    with pytest.raises(WebhookVerificationError):
        receiver.verify(BODY.replace(b"12500", b"92500"), headers)
    with pytest.raises(WebhookVerificationError):
        receiver.verify(BODY, old)


def test_known_vector_of_the_specification_signs_alike() -> None:
    """The example of the specification's own libraries: id, timestamp, payload and signature are published."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    instant = datetime.fromtimestamp(1614265330, UTC)

    headers = signed_headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', instant)

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_for_a_day_after_a_rotation_both_secrets_verify() -> None:
    """An agency moves its receivers when it can: old and new take the same delivery; then only the new."""
    now = datetime.now(UTC)
    before = an_endpoint(secret=SECRET)
    endpoint = rotated(before, OTHER, now - timedelta(minutes=1), None)

    overlapping = dict(signed_headers(endpoint.secrets(now), "evt_1", BODY, now))

    assert Webhook(SECRET).verify(BODY, overlapping)["id"] == "evt_1"
    assert Webhook(OTHER).verify(BODY, overlapping)["id"] == "evt_1"
    assert endpoint.secrets(now - timedelta(minutes=1) + SECRET_OVERLAP) == (OTHER,)
    assert endpoint.version == before.version + 1


def test_rotations_in_a_row_keep_a_few_old_secrets_and_drop_what_is_over() -> None:
    """A receiver that still has the first is not cut off by a second rotation; the header stays short."""
    endpoint = an_endpoint(secret=SECRET, retired=(RetiredSecret(OTHER, NOON),))
    for number in range(5):
        endpoint = rotated(endpoint, encode_secret(bytes([number]) * 32), NOON, None)

    assert len(endpoint.retired) == RETIRED_COUNT_MAX
    assert OTHER not in endpoint.secrets(NOON)


def test_a_ping_says_that_it_is_one() -> None:
    """A receiver that serves on events must not serve on it."""
    assert ping_body("evt_test_1", "whe_1", NOON) == (
        b'{"id":"evt_test_1","type":"test.ping","timestamp":"2026-03-01T09:00:00+00:00","data":{"endpoint_id":"whe_1"}}'
    )


def test_the_last_try_is_two_days_after_the_first_whenever_it_failed_before() -> None:
    """However the waits and their chance add up."""
    cursor = DeliveryCursor(attempt_count=16, first_attempt_at=NOON)

    assert next_attempt(cursor, NOON + timedelta(hours=47), 100) == NOON + timedelta(days=2)
    assert next_attempt(cursor, NOON + timedelta(days=2), 0) is None


def test_secret_is_in_no_repr() -> None:
    """What is logged by accident must not let anybody sign."""
    endpoint = rotated(an_endpoint(secret=SECRET), OTHER, NOON, None)

    assert SECRET not in repr(endpoint)
    assert OTHER not in repr(endpoint)
