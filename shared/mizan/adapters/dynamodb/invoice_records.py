"""An invoice as an item and back. Short attribute names: a head under 1 KB costs one write unit."""

import json
from datetime import date, datetime
from typing import Any, Protocol

from mizan.domain.invoices import Customer, Invoice, InvoiceLine, InvoiceState

AGENCY_DAY_SHARD_COUNT = 16


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
    shard = int(invoice.reference[:16]) % AGENCY_DAY_SHARD_COUNT
    return {
        **head_key(invoice.reference),
        "gsi1pk": agency_day(invoice.agency, invoice.created_at.date(), shard),
        "gsi1sk": f"{invoice.created_at.isoformat()}#{invoice.reference}",
        "agency": invoice.agency,
        "service": invoice.service,
        "customer": personal.seal(_customer_bytes(invoice.customer), invoice.reference),
        "lines": [[line.description, line.amount, line.description_ar] for line in invoice.lines],
        "due": invoice.due_date.isoformat(),
        "currency": invoice.currency,
        "amount": invoice.amount,
        "outstanding": invoice.outstanding,
        "state": str(invoice.state),
        "created": invoice.created_at.isoformat(),
        "updated": invoice.updated_at.isoformat(),
        "identity": invoice.identity,
        "fingerprint": invoice.fingerprint,
        "correlation": invoice.correlation_id,
        "number": invoice.invoice_number,
        "metadata": dict(invoice.metadata) or None,
    }


def invoice_of(item: dict[str, Any], personal: PersonalData) -> Invoice:
    reference = item["pk"].removeprefix("INV#")
    return Invoice(
        reference=reference,
        agency=item["agency"],
        service=item["service"],
        customer=Customer(**json.loads(personal.open(item["customer"], reference))),
        lines=tuple(InvoiceLine(text, amount, text_ar) for text, amount, text_ar in item["lines"]),
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
    )


def _customer_bytes(customer: Customer) -> bytes:
    fields = {name: getattr(customer, name) for name in ("name", "name_ar", "cpr", "phone", "email")}
    present = {name: value for name, value in fields.items() if value is not None}
    return json.dumps(present, ensure_ascii=False, separators=(",", ":")).encode()
