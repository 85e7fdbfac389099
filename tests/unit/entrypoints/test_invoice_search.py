"""GET /v1/invoices over the fakes: each way to ask, and each way to ask wrongly."""

from datetime import timedelta

import pytest

from functions.read_invoices.handler import lambda_handler as read_handler
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform, a_creation
from tests.fakes.samples import AGENCY, an_invoice
from tests.fakes.store import FakePayerIndex
from tests.unit.entrypoints.calls import Answer, an_event, call


def find(caller: str = AGENCY, **query: str) -> Answer:
    return call(read_handler, an_event("GET", "/v1/invoices", query=query, agency=caller))


def references(answer: Answer) -> list[str]:
    return [item["reference"] for item in answer.json["items"]]


def test_by_number_by_payer_by_days_and_by_state(platform: Platform, payers: FakePayerIndex) -> None:
    """The same invoice each time; amounts as they stand."""
    invoice, _ = platform.create(a_creation())
    payers.put(AGENCY, "cpr:900101123", f"{invoice.created_at.isoformat()}#{invoice.reference}")

    answers = [
        find(invoice_number="2026-0001"),
        find(payer="cpr:900101123"),
        find(payer="cpr:900101123", created_on="2026-03-01"),
        find(created_from="2026-02-01"),
        find(created_from="2026-02-01", created_to="2026-03-01", state="issued", service="cr-registration"),
        find(),
    ]

    for answer in answers:
        assert (answer.status, references(answer), answer.json["cursor"]) == (200, [invoice.reference], None)
        assert answer.json["items"][0]["amount_due"] == 12_500
    assert references(find(state="paid")) == []
    assert references(find(payer="cpr:900101124")) == []


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"payer": "900101123"}, {"payer": "bad_payer"}),
        ({"payer": "cpr:90010112"}, {"payer": "bad_payer"}),
        ({"payer": "cr:"}, {"payer": "bad_payer"}),
        ({"payer": "name:Maryam"}, {"payer": "bad_payer"}),
        ({"payer": "cpr:٩٠٠١٠١١٢٣"}, {"payer": "bad_payer"}),
        ({"state": "lost"}, {"state": "unknown_value"}),
        ({"service": "CR Registration"}, {"service": "bad_format"}),
        ({"invoice_number": "a b"}, {"invoice_number": "not_visible_ascii"}),
        ({"invoice_number": "1", "state": "paid"}, {"state": "not_together"}),
        ({"invoice_number": "1", "created_on": "2026-03-01"}, {"created_on": "not_together"}),
        ({"created_on": "2026-03-01", "created_to": "2026-03-02"}, {"created_to": "not_together"}),
        ({"created_to": "2026-03-02"}, {"created_from": "missing"}),
        ({"created_from": "2026-03-02", "created_to": "2026-03-01"}, {"created_to": "date_before_start"}),
        ({"created_from": "2025-02-28", "created_to": "2026-03-01"}, {"created_to": "range_too_long"}),
        ({"created_from": "tomorrow"}, {"created_from": "bad_date"}),
        ({"cursor": "x"}, {"cursor": "bad_cursor"}),
        ({"cursor": "x" * 501}, {"cursor": "too_long"}),
        ({"limit": "9" * 40}, {"limit": "too_large"}),
        ({"number": "1"}, {"number": "unknown_parameter"}),
    ],
)
def test_a_question_that_is_not_understood_is_refused(query: dict[str, str], wrong: dict[str, str]) -> None:
    """An answer to another question would look like an answer."""
    answer = find(**query)

    assert (answer.status, answer.wrong) == (422, wrong)


def test_a_payer_is_looked_for_within_one_agency(platform: Platform, payers: FakePayerIndex) -> None:
    """A platform role names the agency; another agency finds nothing of it."""
    invoice = platform.with_invoice(an_invoice())
    payers.put(AGENCY, "cpr:900101123", f"{NOON.isoformat()}#{invoice.reference}")

    assert references(find("*", agency=AGENCY, payer="cpr:900101123")) == [invoice.reference]
    assert references(find("health", payer="cpr:900101123")) == []
    assert find("*", payer="cpr:900101123").wrong == {"agency": "missing"}
    assert find("health", agency=AGENCY, payer="cpr:900101123").status == 404


def test_pages_go_on_where_the_last_ended(platform: Platform) -> None:
    """Over days, with nothing twice."""
    made = [
        platform.with_invoice(an_invoice(number, created_at=NOON - timedelta(days=number))).reference
        for number in range(5)
    ]
    seen: list[str] = []
    query = {"created_from": "2026-02-20", "created_to": "2026-03-01", "limit": "2"}

    while True:
        answer = find(**query)
        seen += references(answer)
        if answer.json["cursor"] is None:
            break
        query["cursor"] = answer.json["cursor"]

    assert seen == made[::-1]
