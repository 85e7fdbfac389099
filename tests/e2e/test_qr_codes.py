"""A bill's QR code from the running platform: bytes arrive as bytes, and what is text stays text."""

import base64
from typing import Any

import pytest

from tests.e2e.conftest import World
from tests.emv import parse
from tests.pictures import read_code, read_png

DEMAND: dict[str, Any] = {
    "service": "cr-renewal",
    "due_date": "2027-01-31",
    "customer": {"name": "Maryam Sample"},
    "lines": [{"description": "Renewal fee", "description_ar": "رسم التجديد", "amount": 50_500}],
}


@pytest.fixture(scope="module")
def reference(world: World) -> str:
    created = world.api().post("/v1/invoices", DEMAND, idempotency_key="qr-codes", expect=201)
    return str(created["reference"])


def test_a_png_arrives_as_bytes_where_it_was_asked_for_alone(world: World, reference: str) -> None:
    """The API's gateway decodes it: Accept names its one binary media type. Agency and payer get the same code."""
    with world.http() as agency, world.http(None) as payer:
        answers = [
            agency.get(f"/v1/invoices/{reference}/qr?format=png", headers={"Accept": "image/png"}),
            payer.get(f"/pay/{reference}/qr?format=png", headers={"Accept": "image/png"}),
        ]

    for answer in answers:
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        fields = parse(read_code(read_png(answer.content)))
        assert (fields["54"], fields["62.01"]) == ("50.500", reference)
        assert (fields["26.01"], fields["59"]) == ("moic", "Commerce and Industry Aut")


@pytest.mark.parametrize("accept", ["*/*", "text/html,image/png", "application/json"])
def test_anybody_else_gets_json_that_is_whole(world: World, reference: str, accept: str) -> None:
    """Nobody is handed Base64 as if it were a picture."""
    with world.http() as agency:
        answer = agency.get(f"/v1/invoices/{reference}/qr?format=png", headers={"Accept": accept})

    assert answer.headers["content-type"] == "application/json"
    fields = parse(read_code(read_png(base64.b64decode(answer.json()["content"]))))
    assert fields["62.01"] == reference


def test_an_svg_is_text(world: World, reference: str) -> None:
    """It passes as it is, whatever is accepted."""
    with world.http(None) as payer:
        answer = payer.get(f"/pay/{reference}/qr")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.text.startswith("<svg ")


def test_a_request_body_that_claims_to_be_a_picture_is_refused_and_the_others_stay_text(world: World) -> None:
    """`image/png` is the one type whose request bodies come encoded; no route takes it."""
    with world.http() as agency:
        refused = agency.post("/v1/invoices", content=b"\x89PNG", headers={"Content-Type": "image/png"})
        form = agency.post("/pay/1", content=b"token=x", headers={"Content-Type": "application/x-www-form-urlencoded"})

    assert refused.status_code == 415
    assert form.status_code == 404
