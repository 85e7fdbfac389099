"""The control API: registering terminals, scripting outcomes, and refusing what it does not understand."""

import json
from typing import Any

import pytest

from tests.unit.sandbox.worlds import KEY, TERMINAL, Scene

MERCHANT = {"terminal_id": "20000002", "password": "p", "resource_key": KEY}


def test_secrets_are_never_shown(scene: Scene) -> None:
    """Neither at registration nor in any listing."""
    registered = scene.call("POST", "/sandbox/merchants", MERCHANT | {"password": "very-secret"})
    scene.pay(scene.open_payment())

    shown = registered.body + scene.call("GET", "/sandbox/merchants").body
    shown += scene.call("GET", "/sandbox/transactions").body
    assert registered.status == 201
    assert "20000002" in shown
    assert "very-secret" not in shown
    assert KEY not in shown


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": ""}, "missing_field"),
        ({"terminal_id": 5}, "missing_field"),
        ({"resource_key": "short"}, "bad_key"),
        ({"resource_key": "zz" * 32}, "bad_key"),
        ({"fee_fils": -1}, "bad_field"),
        ({"fee_fils": 0.5}, "bad_field"),
        ({"enabled": "yes"}, "bad_field"),
        ({"surprise": 1}, "unknown_field"),
    ],
)
def test_a_wrong_registration_is_422_with_its_reason(scene: Scene, changes: dict[str, Any], code: str) -> None:
    """Nothing half-registered."""
    reply = scene.call("POST", "/sandbox/merchants", MERCHANT | changes)

    assert (reply.status, json.loads(reply.body)["code"]) == (422, code)
    assert "20000002" not in scene.call("GET", "/sandbox/merchants").body


def test_a_key_of_64_hex_digits_is_taken(scene: Scene) -> None:
    """The 32 bytes in hex."""
    assert scene.call("POST", "/sandbox/merchants", MERCHANT | {"resource_key": "ab" * 32}).status == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"terminal_id": TERMINAL}, "unknown_outcome"),
        ({"terminal_id": TERMINAL, "outcome": "explode"}, "unknown_outcome"),
        ({"outcome": "success"}, "no_scope"),
        ({"terminal_id": "", "outcome": "success"}, "no_scope"),
        ({"track_id": 5, "outcome": "success"}, "no_scope"),
        ({"terminal_id": TERMINAL, "outcome": "wrong_amount", "amount": "1.0005"}, "bad_amount"),
        ({"terminal_id": TERMINAL, "outcome": "duplicate_callbacks", "callbacks": -1}, "bad_number"),
        ({"terminal_id": TERMINAL, "outcome": "success", "inquiry_unavailable": True}, "bad_number"),
        ({"terminal_id": TERMINAL, "outcome": "timeout", "hang_seconds": 1e9}, "bad_number"),
        ({"terminal_id": TERMINAL, "outcome": "decline", "code": 51}, "bad_text"),
        ({"terminal_id": TERMINAL, "outcome": "refuse", "code": "nonsense"}, "unknown_code"),
    ],
)
def test_a_wrong_scenario_is_422_with_its_reason(scene: Scene, body: dict[str, Any], code: str) -> None:
    """And nothing is scripted."""
    reply = scene.call("POST", "/sandbox/scenarios", body)

    assert (reply.status, json.loads(reply.body)["code"]) == (422, code)
    assert json.loads(scene.call("GET", "/sandbox/scenarios").body) == {"scenarios": []}


def test_scenarios_are_listed_until_used_and_can_be_cleared(scene: Scene) -> None:
    """An outcome with `inquiry_unavailable` is two steps."""
    scene.script("success", inquiry_unavailable=3)
    before = json.loads(scene.call("GET", "/sandbox/scenarios").body)["scenarios"]

    scene.call("DELETE", "/sandbox/scenarios")

    assert [(step["outcome"], step["times"]) for step in before] == [("success", 1), ("inquiry_unavailable", 3)]
    assert json.loads(scene.call("GET", "/sandbox/scenarios").body) == {"scenarios": []}


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[]", 400), (b"\xff", 400)])
def test_a_body_that_is_no_object_is_400(scene: Scene, body: bytes, status: int) -> None:
    """Before anything is looked at."""
    assert scene.call("POST", "/sandbox/scenarios", body).status == status


@pytest.mark.parametrize("card", ["", "1234", "x" * 16, "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦", None, 4600410112345678])
def test_a_card_that_is_no_card_is_422(scene: Scene, card: object) -> None:
    """Sixteen ASCII digits in a text; the payment stays open."""
    payment_id = scene.open_payment()

    reply = scene.call("POST", f"/sandbox/payments/{payment_id}/card", {"card": card})

    assert (reply.status, json.loads(reply.body)["code"]) == (422, "bad_card")
    assert scene.posted == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sandbox/payments/404/cancel"),
        ("GET", "/sandbox/transactions/404"),
    ],
)
def test_an_unknown_payment_is_404(scene: Scene, method: str, path: str) -> None:
    """With a code."""
    reply = scene.call(method, path)

    assert (reply.status, json.loads(reply.body)["code"]) == (404, "unknown_payment")


def test_health_tells_how_many_callbacks_wait(scene: Scene) -> None:
    """A demonstration can wait until the outside world has said everything."""
    scene.script("delayed_callback", delay_seconds=60)
    scene.pay(scene.open_payment())

    health = json.loads(scene.call("GET", "/sandbox/health").body)

    assert (health["status"], health["pending_callbacks"], health["loopback_only"]) == ("ok", 1, True)
