"""The sandbox's wire: golden vector, amounts that lose zeros, addresses it calls, and the gateway's refusals."""

import json
from typing import Any

import pytest

from infra.sandbox_gateway.chalicelib import amounts, crypto
from infra.sandbox_gateway.chalicelib.errors import GatewayRefusalError
from infra.sandbox_gateway.chalicelib.transactions import TRANSITIONS, Event, IllegalTransitionError, State, advance
from infra.sandbox_gateway.chalicelib.urls import may_be_called, strip_query
from tests.unit.sandbox.worlds import KEY, TERMINAL, Scene, purchase_fields

GOLDEN = "B5EE37CDA2DB77012F5A30139585A94EA5E9D4743AA0BF4BD8B4CD78607EED4777307CB4C5D3EDE5F25116E454B1B452"


def test_trandata_is_the_golden_vector() -> None:
    """Computed independently (facts: rails 1); lowercase hex opens too."""
    assert crypto.encrypt(KEY, '[{"amt":"1.500"}]') == GOLDEN
    assert crypto.decrypt(KEY, GOLDEN) == '[{"amt":"1.500"}]'
    assert crypto.decrypt(KEY, GOLDEN.lower()) == '[{"amt":"1.500"}]'


def test_text_that_was_not_url_encoded_is_refused_unless_the_terminal_allows_it() -> None:
    """IPAY0100013, as the gateway does; vendor kits need the leniency."""
    sealed = crypto.encrypt(KEY, "[{}]", url_encode=False)

    with pytest.raises(GatewayRefusalError, match="IPAY0100013"):
        crypto.decrypt(KEY, sealed)

    assert crypto.decrypt(KEY, sealed, strict_encoding=False) == "[{}]"


@pytest.mark.parametrize("text", ["", "zz", GOLDEN[:-2], "00" * 16])
def test_unreadable_trandata_is_ipay0100013(text: str) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(GatewayRefusalError, match="IPAY0100013"):
        crypto.decrypt(KEY, text)


@pytest.mark.parametrize(
    ("fils", "wire", "file"),
    [(70_000, "70.0", "70.000"), (10_500, "10.5", "10.500"), (1_234, "1.234", "1.234"), (5, "0.005", "0.005")],
)
def test_amounts_lose_trailing_zeros_on_the_wire_but_not_in_the_file(fils: int, wire: str, file: str) -> None:
    """The gateway's "70.0"; the settlement file keeps three decimals."""
    assert (amounts.on_the_wire(fils), amounts.three_decimals(fils), amounts.to_fils(wire)) == (wire, file, fils)


@pytest.mark.parametrize(
    ("url", "locally", "deployed"),
    [
        ("http://127.0.0.1:8080/x", True, False),
        ("https://localhost/x", True, False),
        ("https://agency.example/x", False, True),
        ("http://agency.example/x", False, False),
        ("http://127.0.0.1.agency.example/x", False, False),
        ("http://user@127.0.0.1@agency.example/x", False, False),
        ("file:///etc/passwd", False, False),
        ("http://[::1", False, False),
        ("http://127.0.0.1:99999/", False, False),
        ("http://127.0.0.1/" + "x" * 254, False, False),
    ],
)
def test_only_this_machine_is_called_under_the_loopback_rule(url: str, *, locally: bool, deployed: bool) -> None:
    """Locally loopback alone; deployed, https to elsewhere; never more than 254 characters."""
    assert may_be_called(url, loopback_only=True) is locally
    assert may_be_called(url, loopback_only=False) is deployed


def test_query_strings_are_stripped() -> None:
    """As BENEFIT does: correlate by track id."""
    assert strip_query("https://a.example/b?c=1#d") == "https://a.example/b"


def test_every_event_outside_the_table_is_refused() -> None:
    """The machine is the table; terminal states have no way out."""
    pairs = [(state, event) for state in State for event in Event]
    illegal = [pair for pair in pairs if pair not in TRANSITIONS]

    for state, event in illegal:
        with pytest.raises(IllegalTransitionError):
            advance(state, event)

    assert {state for state, _ in TRANSITIONS} == {State.INITIATED, State.HOST_TIMEOUT, State.CAPTURED}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": "wrong"}, "IPAY0100015"),
        ({"id": "other"}, "IPAY0100006"),
        ({"currencycode": "414"}, "IPAY0100022"),
        ({"currencycode": ""}, "IPAY0100022"),
        ({"amt": "1.0005"}, "IPAY0100025"),
        ({"amt": "-1.000"}, "IPAY0100025"),
        ({"amt": "0.000"}, "IPAY0100025"),
        ({"trackId": "pay_1"}, "IPAY0100124"),
        ({"trackId": ""}, "IPAY0100124"),
        ({"action": "2"}, "IPAY0100124"),
        ({"responseURL": "http://elsewhere.example/"}, "IPAY0100124"),
        ({"errorURL": ""}, "IPAY0100124"),
    ],
)
def test_a_purchase_the_gateway_would_refuse_is_refused_with_its_code(
    scene: Scene, changes: dict[str, str], code: str
) -> None:
    """`status:"2"`, `error`, `errorText` beginning with the code; nothing is stored."""
    refused = scene.initiate(**changes)

    assert (refused["status"], refused["error"]) == ("2", code)
    assert refused["errorText"].startswith(f"{code}-")
    assert json.loads(scene.call("GET", "/sandbox/transactions").body) == {"transactions": []}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "IPAY0100013"),
        (b"{}", "IPAY0100013"),
        ([{"trandata": "00"}], "IPAY0100005"),
        ([{"id": "nobody", "trandata": "00"}], "IPAY0100006"),
        ([{"id": TERMINAL}], "IPAY0100013"),
        ([{"id": TERMINAL, "trandata": "00"}], "IPAY0100013"),
        ([{"id": TERMINAL, "trandata": crypto.encrypt(KEY, "[1]")}], "IPAY0100013"),
        (
            [{"id": TERMINAL, "trandata": crypto.encrypt(KEY, json.dumps([purchase_fields() | {"password": 1}]))}],
            "IPAY0100013",
        ),
    ],
)
@pytest.mark.parametrize("path", ["/payment/API/hosted.htm", "/payment/API/tranportal.htm"])
def test_a_malformed_request_is_refused_with_its_code(scene: Scene, path: str, body: Any, code: str) -> None:
    """Bad outside, bad inside, unknown terminal."""
    [refused] = json.loads(scene.call("POST", path, body).body)

    assert (refused["status"], refused["error"]) == ("2", code)


def test_a_track_id_is_good_for_one_payment(scene: Scene) -> None:
    """Every try is a new attempt id; the first payment is left alone."""
    scene.open_payment()

    again = scene.initiate()

    assert again["error"] == "IPAY0100124"
    assert len(json.loads(scene.call("GET", "/sandbox/transactions").body)["transactions"]) == 1


def test_a_disabled_terminal_is_refused(scene: Scene) -> None:
    """IPAY0100008, until it is registered again as enabled."""
    body = {"terminal_id": TERMINAL, "password": "p", "resource_key": KEY, "enabled": False}
    scene.call("POST", "/sandbox/merchants", body)

    assert scene.initiate()["error"] == "IPAY0100008"
