"""What a caller may get wrong, over HTTP: refused by name, in both languages, with nothing half done."""

from typing import Any

import pytest

from tests.e2e.conftest import World


def invoice_body(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "service": "cr-renewal",
        "due_date": "2027-01-31",
        "customer": {"name": "Maryam Sample"},
        "lines": [{"description": "Renewal fee", "description_ar": "رسم التجديد", "amount": 50_500}],
    }
    return body | changes


def line(amount: object) -> dict[str, object]:
    return {"description": "Renewal fee", "amount": amount}


WRONG = {
    "unknown field": ({"colour": "red"}, {"colour"}),
    "unknown field inside": ({"customer": {"name": "A", "age": 3}}, {"customer.age"}),
    "negative amount": ({"lines": [line(-1)]}, {"lines.0.amount"}),
    "zero amount": ({"lines": [line(1), line(0)]}, {"lines.1.amount"}),
    "four decimals": ({"lines": [line(1.0005)]}, {"lines.0.amount"}),
    "amount as text": ({"lines": [line("50500")]}, {"lines.0.amount"}),
    "amount as truth": ({"lines": [line(True)]}, {"lines.0.amount"}),
    "huge amount": ({"lines": [line(10**15)]}, {"lines.0.amount"}),
    "no lines": ({"lines": []}, {"lines"}),
    "unknown service": ({"service": "no-such-service"}, {"service"}),
    "another agency's service": ({"service": "traffic-fine"}, {"service"}),
    "bad CPR": ({"customer": {"name": "A", "cpr": "123"}}, {"customer.cpr"}),
    "no such day": ({"due_date": "2027-02-30"}, {"due_date"}),
    "another currency": ({"currency": "USD"}, {"currency"}),
    "bidi override in a name": ({"customer": {"name": "Ali \u202egnp.exe"}}, {"customer.name"}),
    "everything at once": (
        {"due_date": "soon", "customer": {"cpr": "x"}, "lines": [line(-5)], "extra": 1},
        {"due_date", "customer.name", "customer.cpr", "lines.0.amount", "extra"},
    ),
}


@pytest.mark.engine
@pytest.mark.parametrize(("changes", "fields"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_invoice_is_refused_naming_every_wrong_field(
    world: World, changes: dict[str, Any], fields: set[str]
) -> None:
    """422 with problem details in English and Arabic; `errors` names each wrong field and only those."""
    with world.http() as http:
        response = http.post("/v1/invoices", json=invoice_body(**changes), headers={"Idempotency-Key": "wrong"})

    problem = response.json()
    assert response.status_code == 422, problem
    assert response.headers["content-type"] == "application/problem+json"
    assert {error["field"] for error in problem["errors"]} == fields
    assert all(error["message"] and error["message_ar"] for error in problem["errors"])
    assert problem["type"].endswith("/invalid-input")
    assert problem["title_ar"]


@pytest.mark.engine
@pytest.mark.parametrize("body", [b"{", b"[1", b'{"a":1,}', b"\xff\xfe", b'{"lines": NaN}'])
def test_malformed_json_is_400(world: World, body: bytes) -> None:
    """What is no JSON is no invoice with wrong fields: another problem, another status."""
    with world.http() as http:
        response = http.post("/v1/invoices", content=body, headers={"Content-Type": "application/json"})

    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.engine
def test_without_a_number_or_a_key_nothing_is_created(world: World) -> None:
    """A request that cannot be recognised when it comes again is refused."""
    with world.http() as http:
        response = http.post("/v1/invoices", json=invoice_body())

    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["invoice_number"]


@pytest.mark.engine
def test_a_repeat_is_the_original_answer_and_another_body_is_a_conflict(world: World) -> None:
    """The same key and body: byte for byte the first answer, marked; the same key and another body: 409."""
    headers = {"Idempotency-Key": "repeat-1"}
    with world.http() as http:
        first = http.post("/v1/invoices", json=invoice_body(), headers=headers)
        http.post(f"/v1/invoices/{first.json()['reference']}/cancel", headers={"Idempotency-Key": "c"})

        again = http.post("/v1/invoices", json=invoice_body(), headers=headers)
        other = http.post("/v1/invoices", json=invoice_body(due_date="2027-02-01"), headers=headers)

    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert other.status_code == 409
    assert other.json()["type"].endswith("/idempotency-conflict")


@pytest.mark.engine
@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": "mzk_wrong"}, {"Authorization": "Bearer nonsense"}])
def test_without_a_good_key_it_is_401(world: World, headers: dict[str, str]) -> None:
    """No key, an unknown one, something else: one answer."""
    with world.http(None) as http:
        response = http.get("/v1/invoices", headers=headers)

    assert response.status_code == 401, response.text


@pytest.mark.engine
def test_a_key_without_the_scope_is_403(world: World) -> None:
    """The counter reads; it does not bill."""
    with world.http("counter") as http:
        response = http.post("/v1/invoices", json=invoice_body(), headers={"Idempotency-Key": "k"})

    assert response.status_code == 403, response.text


@pytest.mark.engine
def test_another_agencys_invoice_is_404_in_every_way(world: World) -> None:
    """A foreign object does not exist: read, cancel, pay and list payments answer alike."""
    with world.http() as http:
        made = http.post("/v1/invoices", json=invoice_body(), headers={"Idempotency-Key": "foreign"})
    reference = made.json()["reference"]
    key = {"Idempotency-Key": "x"}

    with world.http("agency_traffic") as http:
        statuses = [
            http.get(f"/v1/invoices/{reference}").status_code,
            http.post(f"/v1/invoices/{reference}/cancel", headers=key).status_code,
            http.post(f"/v1/invoices/{reference}/payments", json={"method": "debit_card"}, headers=key).status_code,
            http.get("/v1/payments", params={"reference": reference}).status_code,
        ]

    assert statuses == [404, 404, 404, 404]


@pytest.mark.engine
def test_a_wrong_check_digit_is_404(world: World) -> None:
    """A mistyped reference finds nothing."""
    with world.http() as http:
        made = http.post("/v1/invoices", json=invoice_body(), headers={"Idempotency-Key": "digits"})
        reference = made.json()["reference"]
        mistyped = reference[:-1] + str((int(reference[-1]) + 1) % 10)

        response = http.get(f"/v1/invoices/{mistyped}")

    assert response.status_code == 404


@pytest.mark.engine
def test_an_action_out_of_order_names_the_state_and_what_is_possible(world: World) -> None:
    """Paying a cancelled invoice is 409 with `current` and `possible`."""
    with world.http() as http:
        made = http.post("/v1/invoices", json=invoice_body(), headers={"Idempotency-Key": "order"})
        reference = made.json()["reference"]
        http.post(f"/v1/invoices/{reference}/cancel", headers={"Idempotency-Key": "c"})

        response = http.post(
            f"/v1/invoices/{reference}/payments", json={"method": "debit_card"}, headers={"Idempotency-Key": "p"}
        )

    assert response.status_code == 409
    assert response.json()["current"] == "cancelled"
    assert response.json()["possible"] == []
