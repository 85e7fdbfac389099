"""The functions of invoices and payments, over the fakes: from API Gateway's event to its answer."""

from itertools import chain
from typing import Any

import pytest

from functions.change_invoice.handler import lambda_handler as cancel_handler
from functions.create_invoice.handler import lambda_handler as create_handler
from functions.read_invoices.handler import lambda_handler as read_handler
from functions.read_payments.handler import lambda_handler as read_payments_handler
from functions.start_payment.handler import lambda_handler as start_handler
from mizan.domain.invoices import InvoiceState
from mizan.domain.payments import Decline, Disposition, PaymentState
from tests.fakes.platform import Platform
from tests.fakes.samples import a_capture, a_payment, an_invoice, settled
from tests.unit.entrypoints.calls import Answer, an_event, call
from tests.unit.entrypoints.test_invoice_schemas import BODY, body_with
from tests.unit.entrypoints.wiring import PUBLIC_URL


def create(body: Any = BODY, key: str | None = "key-1", **changes: Any) -> Answer:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return call(create_handler, an_event("POST", "/v1/invoices", body, headers=headers, **changes))


def start(reference: str, body: Any = None, key: str | None = "try-1", **changes: Any) -> Answer:
    headers = {"Idempotency-Key": key} if key is not None else {}
    path = f"/v1/invoices/{reference}/payments"
    return call(start_handler, an_event("POST", path, body or {"method": "debit_card"}, headers=headers, **changes))


def test_an_invoice_is_raised_for_the_callers_agency(platform: Platform) -> None:
    """201 with what was stored; the agency is the key's, never the body's."""
    answer = create(agency="moic")

    (stored,) = platform.invoices.rows.values()
    assert answer.status == 201
    assert (answer.json["reference"], answer.json["agency"]) == (stored.reference, "moic")
    assert (answer.json["amount"], answer.json["outstanding"], answer.json["state"]) == (12_500, 12_500, "issued")
    assert answer.json["pay_url"] == f"{PUBLIC_URL}/pay/{stored.reference}"
    assert answer.json["customer"]["cpr"] == "900112345"
    assert "Idempotent-Replayed" not in answer.headers


def test_the_invoice_keeps_the_correlation_id_of_the_call(platform: Platform) -> None:
    """It is followed from here to the reconciliation report."""
    event = an_event("POST", "/v1/invoices", BODY, headers={"Idempotency-Key": "k", "X-Correlation-Id": "agency-7"})

    call(create_handler, event)

    assert [invoice.correlation_id for invoice in platform.invoices.rows.values()] == ["agency-7"]


def test_a_repeat_is_answered_byte_for_byte_as_the_first_time(platform: Platform) -> None:
    """Though the invoice was cancelled since; only the mark differs."""
    first = create()
    call(cancel_handler, an_event("POST", f"/v1/invoices/{first.json['reference']}/cancel"))

    again = create()

    assert (again.status, again.text) == (201, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_the_same_key_with_another_body_is_a_conflict(platform: Platform) -> None:
    """409, and nothing changes."""
    create()

    answer = create(body_with("lines.0.amount", 1))

    assert (answer.status, answer.json["type"].rpartition("/")[2]) == (409, "idempotency-conflict")
    assert [invoice.amount for invoice in platform.invoices.rows.values()] == [12_500]


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize(
    ("body", "key", "wrong"),
    [
        (BODY, None, {"invoice_number": "number_or_key_required"}),
        (BODY, "", {"Idempotency-Key": "empty"}),
        (BODY, "a b", {"Idempotency-Key": "not_visible_ascii"}),
        (BODY, "x" * 256, {"Idempotency-Key": "too_long"}),
        (body_with("service", "clinic-fees"), "k", {"service": "unknown_service"}),
        (body_with("service", "no-such-one"), "k", {"service": "unknown_service"}),
    ],
)
def test_what_only_the_use_case_can_know_is_named_alike(body: Any, key: str | None, wrong: dict[str, str]) -> None:
    """Callers see one kind of refusal, whoever found it."""
    answer = create(body, key)

    assert (answer.status, answer.wrong) == (422, wrong)


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("changes", [{"scopes": "invoices:read"}, {"agency": "*"}])
def test_only_an_agencys_key_with_the_scope_raises_invoices(changes: dict[str, str]) -> None:
    """A platform role has no invoices of its own."""
    assert create(**changes).status == 403


def test_one_invoice_is_read_by_its_agency_and_by_the_platform(platform: Platform) -> None:
    """Everybody else gets the answer that an unknown reference gets."""
    reference = platform.with_invoice(an_invoice(agency="moic")).reference
    path = f"/v1/invoices/{reference}"

    answers = [call(read_handler, an_event("GET", path, agency=agency)) for agency in ("moic", "*", "health")]

    assert [answer.status for answer in answers] == [200, 200, 404]
    assert answers[0].json["reference"] == reference
    assert answers[0].text == answers[1].text


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("reference", ["000000000000000000", "x", "%20", "1" * 300])
def test_what_is_no_reference_is_404(reference: str) -> None:
    """No look-up is spent on it, and nothing is said about its form."""
    assert call(read_handler, an_event("GET", f"/v1/invoices/{reference}")).status == 404


def test_a_day_is_listed_page_by_page(platform: Platform) -> None:
    """Every invoice once, in order; the last page has no cursor."""
    made = [platform.with_invoice(an_invoice(number)).reference for number in range(5)]
    query = {"created_on": "2026-03-01", "limit": "2"}
    pages: list[list[str]] = []

    while True:
        page = call(read_handler, an_event("GET", "/v1/invoices", query=query)).json
        pages.append([item["reference"] for item in page["items"]])
        if page["cursor"] is None:
            break
        query |= {"cursor": page["cursor"]}

    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(chain.from_iterable(pages)) == sorted(made)


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"created_on": "yesterday"}, {"created_on": "bad_date"}),
        ({"created_on": "2026-03-01", "limit": "0"}, {"limit": "too_small"}),
        ({"created_on": "2026-03-01", "limit": "101"}, {"limit": "too_large"}),
        ({"created_on": "2026-03-01", "limit": "ten"}, {"limit": "not_an_integer"}),
        ({"created_on": "2026-03-01", "page": "2"}, {"page": "unknown_parameter"}),
    ],
)
def test_a_listing_refuses_what_it_does_not_understand(query: dict[str, str] | None, wrong: dict[str, str]) -> None:
    """A wrong day must not look like an empty one."""
    answer = call(read_handler, an_event("GET", "/v1/invoices", query=query))

    assert (answer.status, answer.wrong) == (422, wrong)


def test_a_platform_role_names_the_agency_and_an_agency_sees_only_itself(platform: Platform) -> None:
    """`agency` widens nothing for an agency's own key."""
    platform.with_invoice(an_invoice(agency="moic"))
    day = {"created_on": "2026-03-01"}

    def listing(caller: str, **query: str) -> Answer:
        return call(read_handler, an_event("GET", "/v1/invoices", query=day | query, agency=caller))

    assert listing("*").wrong == {"agency": "missing"}
    assert len(listing("*", agency="moic").json["items"]) == 1
    assert len(listing("moic", agency="moic").json["items"]) == 1
    assert listing("health", agency="moic").status == 404


def test_cancelling_twice_is_the_same_answer_and_a_paid_invoice_stays(platform: Platform) -> None:
    """200 and 200; 409 with the state where it is paid."""
    issued = platform.with_invoice(an_invoice(1)).reference
    paid = platform.with_invoice(an_invoice(2, state=InvoiceState.PAID, outstanding=0)).reference

    answers = [call(cancel_handler, an_event("POST", f"/v1/invoices/{one}/cancel")) for one in (issued, issued, paid)]

    assert [answer.status for answer in answers] == [200, 200, 409]
    assert answers[0].text == answers[1].text
    assert answers[0].json["state"] == "cancelled"
    assert (answers[2].json["current"], answers[2].json["possible"]) == ("paid", ["reverse", "reverse_part"])


def test_a_payment_starts_once_per_key(platform: Platform) -> None:
    """201 with where to send the browser; the same key again is the same attempt, marked."""
    reference = platform.with_invoice().reference

    first, again = start(reference), start(reference)

    assert (first.status, first.json["state"], first.json["amount"]) == (201, "pending", 12_500)
    assert first.json["redirect_url"] == "https://pay.invalid/page?id=gp-1"
    assert (again.status, again.text) == (201, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(platform.payments.rows) == 1


@pytest.mark.parametrize(
    ("body", "key", "wrong"),
    [
        ({"method": "debit_card"}, None, {"Idempotency-Key": "missing"}),
        ({"method": "cash"}, "k", {"method": "unknown_value"}),
        ({"method": "debit_card", "price": 1}, "k", {"price": "unknown_field"}),
        ({"price": 1}, None, {"Idempotency-Key": "missing", "method": "missing", "price": "unknown_field"}),
    ],
)
def test_a_payment_needs_a_key_and_a_method_and_nothing_else(
    platform: Platform, body: Any, key: str | None, wrong: dict[str, str]
) -> None:
    """The amount is the invoice's; a caller cannot choose it."""
    reference = platform.with_invoice().reference

    answer = start(reference, body, key)

    assert (answer.status, answer.wrong) == (422, wrong)
    assert platform.payments.rows == {}


def test_another_agency_cannot_start_or_see_payments(platform: Platform) -> None:
    """404 each time: a foreign object does not exist."""
    payment = platform.with_payment(a_payment(platform.with_invoice(an_invoice(agency="moic"))))
    events = [
        an_event("GET", "/v1/payments", query={"reference": payment.reference}, agency="health"),
        an_event("GET", f"/v1/payments/{payment.payment_id}", agency="health"),
    ]

    answers = [call(read_payments_handler, event) for event in events] + [start(payment.reference, agency="health")]

    assert [answer.status for answer in answers] == [404, 404, 404]


def test_what_became_of_an_attempt_is_shown(platform: Platform) -> None:
    """Captured money with its transaction and where it went; a decline with its texts."""
    invoice = platform.with_invoice(an_invoice(agency="moic"))
    succeeded = settled(a_payment(invoice, 1), Disposition.SUSPENDED, capture=a_capture(13_000, 1))
    declined = a_payment(invoice, 2, state=PaymentState.DECLINED, decline=Decline("51", "Not enough", "لا يكفي"))
    for payment in (succeeded, declined):
        platform.with_payment(payment)

    listed = call(read_payments_handler, an_event("GET", "/v1/payments", query={"reference": invoice.reference})).json
    read = call(read_payments_handler, an_event("GET", f"/v1/payments/{succeeded.payment_id}")).json

    assert [item["state"] for item in listed["items"]] == ["succeeded", "declined"]
    assert listed["items"][0] == read
    assert (read["amount"], read["captured_amount"], read["disposition"]) == (12_500, 13_000, "suspended")
    assert (read["gateway_transaction"], read["captured_at"]) == ("gt-1", "2026-03-01T09:02:00Z")
    assert listed["items"][1]["decline"] == {"code": "51", "text": "Not enough", "text_ar": "لا يكفي"}
    assert listed["items"][1]["gateway_transaction"] is None


def test_without_a_day_todays_invoices_are_listed(platform: Platform) -> None:
    """The commonest question needs no parameter: the clock's UTC day."""
    made = platform.with_invoice(an_invoice(1)).reference

    page = call(read_handler, an_event("GET", "/v1/invoices")).json

    assert [item["reference"] for item in page["items"]] == [made]
