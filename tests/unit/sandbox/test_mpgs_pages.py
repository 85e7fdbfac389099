"""The sandbox's credit card page, and what it hands to tests."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from infra.sandbox_gateway.chalicelib import mpgs_orders, mpgs_texts
from infra.sandbox_gateway.chalicelib.http import Inbound, Reply
from infra.sandbox_gateway.chalicelib.routes import MPGS, ROUTES, answer
from tests.unit.sandbox.worlds import Scene

MERCHANT = {"merchant_id": "TESTMOIC", "password": "api-password", "webhook_secret": "webhook-secret"}
BACK = "http://127.0.0.1:8080/pay/1"


@pytest.fixture
def session_id(scene: Scene) -> str:
    """A session of an order of 10.500."""
    scene.call("POST", "/sandbox/mpgs/merchants", MERCHANT)
    return str(json.loads(create(scene).body)["session"]["id"])


def create(scene: Scene, **changes: Any) -> Reply:
    body = {
        "apiOperation": "INITIATE_CHECKOUT",
        "interaction": {"operation": "PURCHASE", "returnUrl": BACK},
        "order": {"id": "1", "reference": "1", "currency": "BHD", "amount": "10.500"},
        "transaction": {"reference": "1"},
    }
    return wire(scene, "POST", f"{MPGS}/session", {"merchant_id": "TESTMOIC"}, body | changes)


def wire(scene: Scene, method: str, path: str, values: dict[str, str], body: object = None) -> Reply:
    """A request with Basic auth, as a merchant sends it."""
    handler: Callable[..., Reply] = next(r.handler for r in ROUTES if (r.method, r.path) == (method, path))
    words = base64.b64encode(b"merchant.TESTMOIC:api-password").decode()
    raw = b"" if body is None else json.dumps(body).encode()
    inbound = Inbound({"version": "100"} | values, {}, raw, method, path, {"Authorization": f"Basic {words}"})
    return answer(scene.world, handler, inbound)


def submit(scene: Scene, session_id: str, **form: str) -> Reply:
    return scene.call("POST", f"/checkout/pay/{session_id}", urlencode(form).encode())


@pytest.mark.parametrize(("lang", "direction", "word"), [("en", "ltr", "Card number"), ("ar", "rtl", "رقم البطاقة")])
def test_the_page_speaks_both_languages_and_loads_nothing(
    scene: Scene, session_id: str, lang: str, direction: str, word: str
) -> None:
    """Every magic date is on it."""
    page = scene.call("GET", f"/checkout/pay/{session_id}", lang=lang)

    assert page.status == 200
    assert f'dir="{direction}"' in page.body
    assert word in page.body
    assert all(expiry in page.body for expiry in mpgs_orders.MAGIC)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_every_magic_date_has_its_text_and_every_text_its_translation() -> None:
    """What a tester reads is what happens."""
    assert set(mpgs_texts.MAGIC_TEXTS) == set(mpgs_orders.MAGIC)
    assert set(mpgs_texts.ENGLISH) == set(mpgs_texts.ARABIC)


@pytest.mark.parametrize(("form", "key"), [({"card": "1", "expiry": "01/39"}, "bad_card"), ({}, "bad_card")])
def test_a_mistyped_card_is_asked_for_again(scene: Scene, session_id: str, form: dict[str, str], key: str) -> None:
    """Nothing typed is shown again, and nothing is charged."""
    page = submit(scene, session_id, **form)

    assert page.status == 422
    assert mpgs_texts.ENGLISH[key] in page.body


def test_a_mistyped_date_is_asked_for_again(scene: Scene, session_id: str) -> None:
    """A month and a year."""
    page = submit(scene, session_id, card=mpgs_orders.CARDS[0], expiry="soon")

    assert page.status == 422
    assert mpgs_texts.ENGLISH["bad_expiry"] in page.body


def test_a_paid_order_sends_the_browser_back_with_the_indicator(scene: Scene, session_id: str) -> None:
    """And a payer who gives up comes back without it."""
    given_up = submit(scene, session_id, action="cancel")
    paid = submit(scene, session_id, card=mpgs_orders.CARDS[0], expiry="01/39", action="pay")
    again = scene.call("POST", f"/sandbox/mpgs/sessions/{session_id}/card", {"expiry": "01/39"})

    assert 'name="resultIndicator" value="0"' in given_up.body
    assert f'action="{BACK}"' in paid.body
    assert 'name="resultIndicator" value="0"' not in paid.body
    assert again.status == 409


def test_a_declined_card_may_be_followed_by_another(scene: Scene, session_id: str) -> None:
    """The page says so, and stays."""
    page = submit(scene, session_id, card=mpgs_orders.CARDS[0], expiry="05/39", action="pay")

    assert mpgs_texts.ENGLISH["declined"] in page.body
    assert "<form" in page.body


def test_an_expired_or_unknown_session_takes_nothing(scene: Scene, session_id: str) -> None:
    """404 for what never was."""
    scene.later(hours=1)

    assert mpgs_texts.ENGLISH["expired"] in scene.call("GET", f"/checkout/pay/{session_id}").body
    assert scene.call("POST", f"/sandbox/mpgs/sessions/{session_id}/card", {"expiry": "01/39"}).status == 410
    assert scene.call("GET", "/checkout/pay/SESSION0").status == 404


def test_amounts_are_json_numbers_that_lose_their_zeros(scene: Scene, session_id: str) -> None:
    """10.5, and no text: whoever reads a float will notice."""
    submit(scene, session_id, card=mpgs_orders.CARDS[0], expiry="01/39", action="pay")

    order = wire(scene, "GET", f"{MPGS}/order/{{order_id}}", {"merchant_id": "TESTMOIC", "order_id": "1"})

    assert '"totalCapturedAmount": 10.5,' in order.body
    assert '"totalRefundedAmount": 0.0,' in order.body


@pytest.mark.parametrize("missing", [{"transaction": {}}, {"order": {"id": "2", "currency": "BHD", "amount": "1.000"}}])
def test_a_strict_merchant_without_both_references_is_not_answered(
    scene: Scene, session_id: str, missing: dict[str, object]
) -> None:
    """It hangs, and then the gate closes."""
    reply = create(scene, **missing)

    assert session_id
    assert (reply.status, scene.slept) == (504, [30.0])


@pytest.mark.parametrize(
    "body",
    [
        {"merchant_id": "x"},
        {"merchant_id": "x", "password": "", "webhook_secret": "s"},
        {"merchant_id": "x", "password": "p", "webhook_secret": "s", "colour": "red"},
    ],
)
def test_a_merchant_is_registered_whole_or_not_at_all(scene: Scene, body: dict[str, str]) -> None:
    """422, with a code."""
    assert scene.call("POST", "/sandbox/mpgs/merchants", body).status == 422


def test_what_an_acquirer_does_later_needs_a_capture(scene: Scene, session_id: str) -> None:
    """Nothing is disputed that was never charged."""
    path = f"/sandbox/mpgs/sessions/{session_id}/status"
    before = scene.call("POST", path, {"status": "DISPUTED"})
    submit(scene, session_id, card=mpgs_orders.CARDS[0], expiry="01/39", action="pay")
    after = scene.call("POST", path, {"status": "DISPUTED"})

    assert (before.status, after.status) == (409, 200)
    assert json.loads(after.body)["status"] == "DISPUTED"
