"""An invoice as an item and back. Short attribute names: a head under 1 KB costs one write unit."""

import json
from datetime import date, datetime
from typing import Any, Protocol

from mizan.adapters.dynamodb.history_records import history_list, history_of
from mizan.adapters.dynamodb.terms_records import terms_map, terms_of
from mizan.domain.calendar import business_date
from mizan.domain.invoices import Customer, Grace, Invoice, InvoiceLine, InvoiceState, TaxCategory

AGENCY_DAY_SHARD_COUNT = 16
CUSTOMER_FIELDS = ("name", "name_ar", "cpr", "phone", "email", "cr", "passport")


class PersonalData(Protocol):
    """Field-level encryption. `context` binds the ciphertext to its item: it opens nowhere else."""

    def seal(self, plaintext: bytes, context: str) -> bytes: ...

    def open(self, sealed: bytes, context: str) -> bytes: ...


def head_key(reference: str) -> dict[str, str]:
    return {"pk": f"INV#{reference}", "sk": "HEAD"}


def agency_day(agency: str, day: date, shard: int) -> str:
    """Partition of the agency's listing: 16 shards a day, or one bulk load throttles that agency's payments."""
    return f"AGY#{agency}#{day:%Y-%m-%d}#{shard:02d}"


def invoice_item(invoice: Invoice, personal: PersonalData) -> dict[str, Any]:
    """The whole head, as creation puts it."""
    shard = int(invoice.reference[:16]) % AGENCY_DAY_SHARD_COUNT
    return {
        **head_key(invoice.reference),
        "gsi1pk": agency_day(invoice.agency, business_date(invoice.created_at), shard),
        "gsi1sk": f"{invoice.created_at.isoformat()}#{invoice.reference}",
        "agency": invoice.agency,
        "service": invoice.service,
        "customer": sealed_customer(invoice, personal),
        "created": invoice.created_at.isoformat(),
        "identity": invoice.identity,
        "fingerprint": invoice.fingerprint,
        "correlation": invoice.correlation_id,
        "number": invoice.invoice_number,
        "supersedes": invoice.supersedes,
        **invoice_changeable(invoice),
    }


def invoice_changeable(invoice: Invoice) -> dict[str, Any]:
    """What may change after creation, the customer (sealed) apart; None: absent."""
    return {
        "lines": [_line_list(line) for line in invoice.lines],
        "due": invoice.due_date.isoformat(),
        "currency": invoice.currency,
        "amount": invoice.amount,
        "outstanding": invoice.outstanding,
        "state": str(invoice.state),
        "sequence": invoice.sequence,
        "updated": invoice.updated_at.isoformat(),
        "metadata": dict(invoice.metadata) or None,
        "terms": terms_map(invoice.terms),
        "plan": invoice.plan,
        "legs_paid": list(invoice.legs_paid) or None,
        "paid_by": list(invoice.paid_by) or None,
        "superseded_by": invoice.superseded_by,
        "grace": [invoice.grace.since.isoformat(), invoice.grace.until.isoformat()] if invoice.grace else None,
        "history": history_list(invoice.history),
    }


def sealed_customer(invoice: Invoice, personal: PersonalData) -> bytes:
    return personal.seal(_customer_bytes(invoice.customer), invoice.reference)


def invoice_of(item: dict[str, Any], personal: PersonalData) -> Invoice:
    reference = item["pk"].removeprefix("INV#")
    return Invoice(
        reference=reference,
        agency=item["agency"],
        service=item["service"],
        customer=Customer(**json.loads(personal.open(item["customer"], reference))),
        lines=tuple(_line_of(values) for values in item["lines"]),
        due_date=date.fromisoformat(item["due"]),
        currency=item["currency"],
        amount=item["amount"],
        outstanding=item["outstanding"],
        state=InvoiceState(item["state"]),
        created_at=datetime.fromisoformat(item["created"]),
        updated_at=datetime.fromisoformat(item["updated"]),
        identity=item["identity"],
        fingerprint=item["fingerprint"],
        correlation_id=item["correlation"],
        invoice_number=item.get("number"),
        metadata=item.get("metadata", {}),
        terms=terms_of(item.get("terms")),
        plan=item.get("plan"),
        legs_paid=tuple(item.get("legs_paid", ())),
        paid_by=tuple(item.get("paid_by", ())),
        supersedes=item.get("supersedes"),
        superseded_by=item.get("superseded_by"),
        grace=Grace(*map(datetime.fromisoformat, item["grace"])) if "grace" in item else None,
        history=history_of(item["history"]),
    )


def _line_list(line: InvoiceLine) -> list[Any]:
    """Without the empty end: most lines have neither ledger code nor tax category."""
    values = [line.description, line.amount, line.description_ar, line.ledger_code, line.tax_category]
    while values[-1] is None:
        values.pop()
    return values


def _line_of(values: list[Any]) -> InvoiceLine:
    text, amount, text_ar, ledger_code, tax_category = [*values, None, None, None][:5]
    return InvoiceLine(text, amount, text_ar, ledger_code, TaxCategory(tax_category) if tax_category else None)


def _customer_bytes(customer: Customer) -> bytes:
    fields = {name: getattr(customer, name) for name in CUSTOMER_FIELDS}
    present = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(present, ensure_ascii=False, separators=(",", ":")).encode()
