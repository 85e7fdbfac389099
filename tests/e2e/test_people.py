"""People on the running platform: let in by a token, held to what administration granted, stopped at once."""

import json

import httpx
import pytest

from infra.local.people import PEOPLE, subject_of
from infra.setup import put_person, revoke_person
from mizan.application.ports_auth import Person
from tests.e2e.conftest import World


@pytest.mark.engine
@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_reads_the_reports_that_they_were_granted(world: World, name: str) -> None:
    """Through API Gateway, the authoriser, the issuer's keys and the table."""
    with world.person(name) as http:
        response = http.get("/v1/reconciliations")

    assert response.status_code == 200, response.text


@pytest.mark.engine
def test_a_person_is_held_to_their_scopes_and_their_agency(world: World) -> None:
    """An accountant raises invoices of her agency; the treasury's officers do not; an operator reads."""
    invoice = {
        "service": "cr-renewal",
        "due_date": "2027-01-31",
        "customer": {"name": "Maryam Sample"},
        "lines": [{"description": "Renewal fee", "description_ar": "رسم التجديد", "amount": 50_500}],
    }
    statuses = {}
    for name in ("agency_accountant", "finance_maker", "operator"):
        with world.person(name) as http:
            answer = http.post("/v1/invoices", json=invoice, headers={"Idempotency-Key": f"by-{name}"})
        statuses[name] = answer.status_code
        if answer.is_success:
            assert answer.json()["agency"] == "moic"

    assert statuses == {"agency_accountant": 201, "finance_maker": 403, "operator": 403}


@pytest.mark.engine
@pytest.mark.parametrize("authorization", ["Bearer nonsense", "Bearer {token}x", "Basic {token}", "{token}"])
def test_what_is_no_token_is_the_same_401_as_no_key(world: World, authorization: str) -> None:
    """Bilingual, and without a word about what was wrong."""
    token = world.platform.issuer.token_for(subject_of("finance_maker"))
    headers = {"Authorization": authorization.format(token=token)}
    with httpx.Client(base_url=world.url, timeout=30, trust_env=False) as http:
        refused, bare = http.get("/v1/reconciliations", headers=headers), http.get("/v1/reconciliations")

    assert refused.status_code == bare.status_code == 401
    assert refused.json()["detail"] == bare.json()["detail"]
    assert "personal token" in refused.json()["detail"]


@pytest.mark.engine
def test_a_revoked_person_stops_at_once_whatever_token_they_hold(world: World) -> None:
    """The same token, a moment later; no cache stands between."""
    client, table = world.platform.client("dynamodb"), world.platform.outputs["TableName"]
    issuer = world.platform.issuer
    put_person(client, table, Person("e2e-leaver", issuer.url, "*", "finance", ("reports:read",), None, True))
    headers = {"Authorization": f"Bearer {issuer.token_for('e2e-leaver')}"}

    with httpx.Client(base_url=world.url, headers=headers, timeout=30, trust_env=False) as http:
        before = http.get("/v1/reconciliations").status_code
        revoke_person(client, table, "e2e-leaver")
        after = http.get("/v1/reconciliations").status_code

    assert (before, after) == (200, 401)


@pytest.mark.engine
def test_a_token_of_a_subject_nobody_granted_is_refused(world: World) -> None:
    """The issuer knows many people; the platform lets in whom administration put."""
    headers = {"Authorization": f"Bearer {world.platform.issuer.token_for('somebody-else')}"}

    answer = httpx.get(f"{world.url}/v1/reconciliations", headers=headers, timeout=30, trust_env=False)

    assert answer.status_code == 401


@pytest.mark.engine
def test_the_log_names_who_acted_and_holds_no_token(world: World) -> None:
    """In the authoriser's line and in the function's own, under one correlation id."""
    token = world.platform.issuer.token_for(subject_of("finance_checker"))
    headers = {"Authorization": f"Bearer {token}", "X-Correlation-Id": "people-log-1"}
    httpx.get(f"{world.url}/v1/reconciliations", headers=headers, timeout=30, trust_env=False).raise_for_status()

    text = world.platform.logs()
    lines = [json.loads(line) for line in text if '"people-log-1"' in line]
    assert {line["message"]: line["actor"] for line in lines} == {
        "token accepted": "local-finance-checker",
        "answered": "local-finance-checker",
    }
    assert not any(token in line for line in text)
