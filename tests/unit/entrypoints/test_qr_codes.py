"""A bill as a QR code over HTTP: what it asks for, in which format, and when there is none."""

import base64
import json
from datetime import date, timedelta
from typing import Any

import pytest

from functions.draw_qr.handler import lambda_handler
from mizan.domain.invoices import InvoiceState
from mizan.domain.terms import LateCharge, Leg, Plan, Terms
from mizan.domain.transfers import creditor_reference
from tests.emv import parse
from tests.fakes.platform import Platform
from tests.fakes.samples import a_reference, an_invoice
from tests.pictures import read_code, read_png
from tests.unit.entrypoints.calls import an_event


def drawn(reference: str, *, accept: str | None = None, kind: str = "png", **changes: Any) -> dict[str, Any]:
    headers = {} if accept is None else {"accept": accept}
    event = an_event("GET", f"/v1/invoices/{reference}/qr", headers=headers, query={"format": kind}, **changes)
    answer: dict[str, Any] = lambda_handler(event, None)
    return answer


def said(answer: dict[str, Any]) -> dict[str, str]:
    """The fields of the code in a PNG answer, whichever way it came."""
    content = answer["body"] if answer["isBase64Encoded"] else json.loads(answer["body"])["content"]
    return parse(read_code(read_png(base64.b64decode(content))))


def test_a_code_says_the_reference_the_amount_and_whom_it_pays(platform: Platform) -> None:
    """Decoded by another reader and parsed field by field."""
    reference = platform.with_invoice().reference

    fields = said(drawn(reference))

    assert fields.pop("63")
    assert fields == {
        "00": "01",
        "01": "12",
        "26.00": "example.mizan",
        "26.01": "moic",
        "52": "9399",
        "53": "048",
        "54": "12.500",
        "58": "BH",
        "59": "Commerce Authority",
        "60": "MANAMA",
        "62.01": reference,
        "62.05": creditor_reference(reference),
    }


def test_the_amount_is_the_one_of_now(platform: Platform) -> None:
    """A late charge that applies by then is in the code of then."""
    terms = Terms(late=LateCharge(1_000, date(2026, 3, 20)))
    reference = platform.with_invoice(an_invoice(terms=terms)).reference

    before = said(drawn(reference))
    platform.clock.instant += timedelta(days=30)
    after = said(drawn(reference))

    assert (before["54"], after["54"]) == ("12.500", "13.500")


def test_a_bound_plan_asks_for_its_next_instalment(platform: Platform) -> None:
    """What the pay page would ask for."""
    plan = Plan("two", (Leg(5_000, date(2026, 3, 10)), Leg(7_500, date(2026, 3, 20))))
    bound: dict[str, Any] = {"plan": "two", "legs_paid": (0,), "outstanding": 7_500}
    invoice = an_invoice(terms=Terms(plans=(plan,)), state=InvoiceState.PARTIALLY_PAID, **bound)

    assert said(drawn(platform.with_invoice(invoice).reference))["54"] == "7.500"


@pytest.mark.parametrize("accept", ["image/png", "IMAGE/PNG"])
def test_who_asks_for_png_alone_gets_its_bytes(platform: Platform, accept: str) -> None:
    """API Gateway decodes a function's base64 only where Accept names a binary media type of the API."""
    answer = drawn(platform.with_invoice().reference, accept=accept)

    assert answer["isBase64Encoded"] is True
    assert answer["multiValueHeaders"]["Content-Type"] == ["image/png"]
    assert answer["multiValueHeaders"]["Vary"] == ["Accept"]
    assert base64.b64decode(answer["body"]).startswith(b"\x89PNG")


@pytest.mark.parametrize("accept", [None, "*/*", "text/html,image/png", "image/png,*/*", "image/*"])
def test_anybody_else_gets_the_png_in_json(platform: Platform, accept: str | None) -> None:
    """Base64 that nobody decodes would be handed on as if it were a picture."""
    answer = drawn(platform.with_invoice().reference, accept=accept)

    assert answer["isBase64Encoded"] is False
    assert answer["multiValueHeaders"]["Content-Type"] == ["application/json"]
    assert json.loads(answer["body"]).keys() == {"media_type", "content"}
    assert json.loads(answer["body"])["media_type"] == "image/png"
    assert said(answer)["54"] == "12.500"


def test_svg_is_the_default_and_is_text(platform: Platform) -> None:
    """It needs no negotiation."""
    reference = platform.with_invoice().reference

    answer = lambda_handler(an_event("GET", f"/v1/invoices/{reference}/qr"), None)

    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, False)
    assert answer["multiValueHeaders"]["Content-Type"] == ["image/svg+xml"]
    assert answer["body"].startswith("<svg ")


@pytest.mark.parametrize(
    ("state", "status", "kind"),
    [(InvoiceState.PAID, 409, "illegal-transition"), (InvoiceState.DRAFT, 409, "illegal-transition")],
)
def test_what_cannot_be_paid_has_no_code(platform: Platform, state: InvoiceState, status: int, kind: str) -> None:
    """A code that lies around must not be made for a bill that takes no money."""
    reference = platform.with_invoice(an_invoice(state=state)).reference

    answer = drawn(reference)

    assert answer["statusCode"] == status
    assert json.loads(answer["body"])["type"].endswith(kind)


@pytest.mark.parametrize("reference", [a_reference(9), "123456789012345678"])
def test_an_unknown_bill_is_not_found(platform: Platform, reference: str) -> None:
    """One answer for wrong check digits and for nothing there."""
    assert drawn(reference)["statusCode"] == 404


def test_another_agencys_bill_is_not_found(platform: Platform) -> None:
    """Foreign objects do not exist."""
    reference = platform.with_invoice().reference

    assert drawn(reference, agency="health")["statusCode"] == 404


def test_an_unknown_format_and_a_missing_scope_are_refused(platform: Platform) -> None:
    """As everywhere: the wrong field is named; reading invoices needs its scope."""
    reference = platform.with_invoice().reference

    wrong, barred = drawn(reference, kind="gif"), drawn(reference, scopes="services:read")

    assert wrong["statusCode"] == 422
    assert [error["field"] for error in json.loads(wrong["body"])["errors"]] == ["format"]
    assert barred["statusCode"] == 403
