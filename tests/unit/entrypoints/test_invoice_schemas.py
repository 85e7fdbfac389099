"""What an invoice may look like when it comes in, and what it looks like when it goes out."""

import hashlib
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from mizan.domain.invoices import Customer, InvoiceLine
from mizan.domain.money import AMOUNT_MAX
from mizan.entrypoints.invoice_schemas import (
    LINE_COUNT_MAX,
    METADATA_COUNT_MAX,
    CreateInvoiceRequest,
    customer_of,
    fingerprint,
    invoice_model,
    lines_of,
)
from mizan.entrypoints.validation_errors import wrong_fields
from tests.fakes.clock import NOON
from tests.fakes.samples import an_invoice

BODY: dict[str, Any] = {
    "service": "cr-registration",
    "due_date": "2026-12-31",
    "customer": {"name": "Maryam Ali", "cpr": "900112345", "phone": "+97333000000", "email": "maryam@example.invalid"},
    "lines": [{"description": "Fee", "description_ar": "رسم", "amount": 12_500}],
}


def body_with(path: str, value: Any) -> dict[str, Any]:
    """BODY with one field changed: `lines.0.amount`, `customer.cpr`, `metadata`."""
    body = {**BODY, "customer": {**BODY["customer"]}, "lines": [{**BODY["lines"][0]}]}
    target: Any = body
    *way, last = path.split(".")
    for step in way:
        target = target[int(step) if step.isdecimal() else step]
    target[last] = value
    return body


def refused(body: dict[str, Any]) -> dict[str, str]:
    """Wrong fields and their codes."""
    with pytest.raises(ValidationError) as refusal:
        CreateInvoiceRequest.model_validate(body)
    return {error.field: error.code for error in wrong_fields(refusal.value.errors())}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("lines.0.amount", 0, "amount_not_positive"),
        ("lines.0.amount", -1, "amount_not_positive"),
        ("lines.0.amount", AMOUNT_MAX + 1, "amount_too_large"),
        ("lines.0.amount", 12.5, "not_an_integer"),
        ("lines.0.amount", 12.0, "not_an_integer"),
        ("lines.0.amount", 10.0005, "not_an_integer"),
        ("lines.0.amount", "12500", "not_an_integer"),
        ("lines.0.amount", True, "not_an_integer"),
        ("lines.0.amount", None, "not_an_integer"),
        ("lines.0.description", "", "empty"),
        ("lines.0.description", "  ", "empty"),
        ("lines.0.description", "x" * 201, "too_long"),
        ("lines.0.description", "a\nb", "unsafe_characters"),
        ("lines", [], "too_few"),
        ("lines", [BODY["lines"][0]] * (LINE_COUNT_MAX + 1), "too_many"),
        ("lines", {"0": BODY["lines"][0]}, "not_a_list"),
        ("due_date", "31-12-2026", "bad_date"),
        ("due_date", "2026-02-30", "bad_date"),
        ("due_date", "2026-12-31T00:00:00", "bad_date"),
        ("due_date", "1767225600", "bad_date"),
        ("due_date", 20261231, "bad_date"),
        ("due_date", "٢٠٢٦-١٢-٣١", "bad_date"),
        ("due_date", "1999-12-31", "date_too_early"),
        ("due_date", "2101-01-01", "date_too_late"),
        ("currency", "USD", "unknown_value"),
        ("currency", "bhd", "unknown_value"),
        ("service", "CR Registration", "bad_format"),
        ("service", 7, "not_text"),
        ("invoice_number", "has blank", "not_visible_ascii"),
        ("invoice_number", "رقم", "not_visible_ascii"),
        ("invoice_number", "x" * 41, "too_long"),
        ("customer", "Maryam", "not_an_object"),
        ("customer.name", "", "empty"),
        ("customer.name", "Ali \u202egnp.exe", "unsafe_characters"),
        ("customer.name", "Ali\u2066", "unsafe_characters"),
        ("customer.name", "Ali\x00", "unsafe_characters"),
        ("customer.cpr", "90011234", "bad_cpr"),
        ("customer.cpr", "9001123456", "bad_cpr"),
        ("customer.cpr", "901312345", "bad_cpr"),
        ("customer.cpr", "900012345", "bad_cpr"),
        ("customer.cpr", "٩٠٠١١٢٣٤٥", "bad_cpr"),
        ("customer.cpr", 900112345, "not_text"),
        ("customer.phone", "33000000", "bad_phone"),
        ("customer.phone", "+0733000000", "bad_phone"),
        ("customer.phone", "+9733300000012345", "bad_phone"),
        ("customer.email", "maryam", "bad_email"),
        ("customer.email", "a@b@c.bh", "bad_email"),
        ("customer.email", "a@b", "bad_email"),
        ("customer.age", 40, "unknown_field"),
        ("colour", "red", "unknown_field"),
        ("metadata", {str(n): "x" for n in range(METADATA_COUNT_MAX + 1)}, "too_many"),
        ("metadata", ["branch"], "not_an_object"),
    ],
)
def test_a_field_that_is_wrong_is_named_with_its_code(field: str, value: Any, code: str) -> None:
    """Nothing is coerced and nothing unknown is taken; only the wrong field is named."""
    assert refused(body_with(field, value)) == {field: code}


@pytest.mark.parametrize(
    ("metadata", "wrong"),
    [
        ({"branch": 7}, {"metadata.branch": "not_text"}),
        ({"branch": "x" * 201}, {"metadata.branch": "too_long"}),
        ({"": "x"}, {"metadata.": "empty"}),
        ({"x" * 41: "x"}, {f"metadata.{'x' * 41}": "too_long"}),
        ({"a\u202eb": "x"}, {"metadata.a\u202eb": "unsafe_characters"}),
    ],
)
def test_metadata_is_bounded_text(metadata: dict[str, Any], wrong: dict[str, str]) -> None:
    """It is stored and given back: neither keys nor values may be of any size or kind."""
    assert refused(body_with("metadata", metadata)) == wrong


def test_everything_missing_is_named_at_once() -> None:
    """One round trip, not four."""
    assert refused({}) == dict.fromkeys(("service", "due_date", "customer", "lines"), "missing")


def test_the_largest_and_the_smallest_amounts_are_taken() -> None:
    """One fils and BHD 999,999,999.999."""
    for amount in (1, AMOUNT_MAX):
        assert CreateInvoiceRequest.model_validate(body_with("lines.0.amount", amount)).lines[0].amount == amount


def test_a_request_becomes_what_the_domain_knows() -> None:
    """Blanks around are trimmed, Arabic and leading zeros kept."""
    body = body_with("customer", {"name": " Maryam Ali ", "name_ar": "مريم علي", "cpr": "000112345"})

    request = CreateInvoiceRequest.model_validate(body)

    assert customer_of(request.customer) == Customer("Maryam Ali", "مريم علي", "000112345")
    assert lines_of(request.lines) == (InvoiceLine("Fee", 12_500, "رسم"),)
    assert request.due_date == date(2026, 12, 31)
    assert request.currency == "BHD"


def test_the_fingerprint_is_the_same_for_what_says_the_same() -> None:
    """Order of members, defaults spelled out and nulls change nothing."""
    reordered = dict(reversed(BODY.items())) | {"currency": "BHD", "metadata": {}, "invoice_number": None}

    bodies = [CreateInvoiceRequest.model_validate(body) for body in (BODY, reordered)]

    assert fingerprint(bodies[0]) == fingerprint(bodies[1])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lines.0.amount", 12_501),
        ("lines.0.description", "Fees"),
        ("customer.name", "Maryam Aly"),
        ("due_date", "2026-12-30"),
        ("invoice_number", "1"),
        ("metadata", {"branch": "seef"}),
    ],
)
def test_the_fingerprint_is_another_for_any_other_body(field: str, value: Any) -> None:
    """Else a changed bill would be answered as the old one."""
    request = CreateInvoiceRequest.model_validate(BODY)

    other = CreateInvoiceRequest.model_validate(body_with(field, value))

    assert fingerprint(request) != fingerprint(other)


def test_the_fingerprint_does_not_change_between_releases() -> None:
    """It is stored: a request repeated after a deployment is still the same request. Never edit this text."""
    canonical = (
        '{"customer":{"cpr":"900112345","email":"maryam@example.invalid","name":"Maryam Ali","phone":"+97333000000"},'
        '"due_date":"2026-12-31","lines":[{"amount":12500,"description":"Fee","description_ar":"رسم"}],'
        '"service":"cr-registration"}'
    )

    request = CreateInvoiceRequest.model_validate(BODY)

    assert fingerprint(request) == hashlib.sha256(canonical.encode()).hexdigest()


def test_an_invoice_goes_out_with_its_pay_url_and_utc_instants() -> None:
    """The shape that callers rely on; amounts stay integers."""
    invoice = an_invoice()

    shown = invoice_model(invoice, "https://api.invalid/base", at=NOON).model_dump(mode="json")

    assert shown["pay_url"] == f"https://api.invalid/base/pay/{invoice.reference}"
    assert (shown["amount"], shown["outstanding"], shown["currency"]) == (12_500, 12_500, "BHD")
    assert (shown["created_at"], shown["state"]) == ("2026-03-01T09:00:00Z", "issued")
    assert list(shown) == [
        "reference", "state", "agency", "service", "invoice_number", "amount", "outstanding", "currency", "due_date",
        "due_on", "is_overdue", "amount_due", "customer", "lines", "terms", "plan", "legs_paid", "supersedes",
        "superseded_by", "created_at", "updated_at", "pay_url", "metadata", "timeline", "possible",
    ]  # fmt: skip


def test_what_was_stored_under_an_older_rule_is_still_shown() -> None:
    """Reading must not fail because writing became stricter."""
    invoice = an_invoice(customer=Customer("A" * 300, cpr="1"), lines=(InvoiceLine("x" * 500, 1),))

    shown = invoice_model(invoice, "https://api.invalid", at=NOON).model_dump(mode="json")

    assert shown["customer"]["cpr"] == "1"
    assert len(shown["lines"][0]["description"]) == 500


def test_metadata_goes_out_in_one_order_whatever_order_the_table_gives() -> None:
    """A replayed creation is answered byte for byte as the first time."""
    first, later = ({"a": "1", "b": "2"}, {"b": "2", "a": "1"})

    texts = [
        invoice_model(an_invoice(metadata=m), "https://api.invalid", at=NOON).model_dump_json() for m in (first, later)
    ]

    assert texts[0] == texts[1]
