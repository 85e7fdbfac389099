"""Invoices as JSON: what callers send, what they get, and the way between these and the domain."""

import hashlib
import json
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mizan.domain.invoices import Customer, Invoice, InvoiceLine, InvoiceState
from mizan.entrypoints.fields import (
    Amount,
    Cpr,
    Description,
    Email,
    InvoiceNumber,
    IsoDate,
    MetadataKey,
    MetadataValue,
    PersonName,
    Phone,
    ServiceCode,
)

LINE_COUNT_MAX = 50
METADATA_COUNT_MAX = 15

REQUEST = ConfigDict(strict=True, extra="forbid", frozen=True)
"""What is not known is refused, and nothing is coerced: "5" is not 5."""


class CustomerModel(BaseModel):
    """Who is billed. Personal data: kept sealed, masked in logs and on public pages."""

    model_config = REQUEST

    name: PersonName = Field(examples=["Fatima Ahmed"])
    name_ar: PersonName | None = Field(None, examples=["فاطمة أحمد"])
    cpr: Cpr | None = Field(
        None, description="Bahrain's personal number; only its shape is checked.", examples=["900112345"]
    )
    phone: Phone | None = Field(None, description="E.164.", examples=["+97333000000"])
    email: Email | None = Field(None, examples=["fatima@example.com"])


class LineModel(BaseModel):
    """What is charged for."""

    model_config = REQUEST

    description: Description = Field(examples=["Commercial registration renewal"])
    description_ar: Description | None = Field(None, examples=["تجديد السجل التجاري"])
    amount: Amount = Field(description="In fils: 12500 is BHD 12.500.", examples=[12500])


class CreateInvoiceRequest(BaseModel):
    """An invoice to raise: with your own `invoice_number`, an `Idempotency-Key`, or both."""

    model_config = REQUEST

    service: ServiceCode = Field(description="One of your services (GET /v1/services).", examples=["cr-renewal"])
    invoice_number: InvoiceNumber | None = Field(None, description="Your own number.", examples=["CR-2026-000017"])
    due_date: IsoDate = Field(description="A day in Bahrain.", examples=["2026-12-31"])
    currency: Literal["BHD"] = "BHD"
    customer: CustomerModel
    lines: list[LineModel] = Field(min_length=1, max_length=LINE_COUNT_MAX)
    metadata: dict[MetadataKey, MetadataValue] = Field(
        default_factory=dict,
        max_length=METADATA_COUNT_MAX,
        description="Your own notes, given back as they are; nothing personal.",
        examples=[{"branch": "seef"}],
    )


class InvoiceModel(BaseModel):
    """An invoice. Amounts in fils; instants in UTC."""

    reference: str = Field(description="18 digits, a string. What the payer types.", examples=["482019374650192753"])
    state: InvoiceState
    agency: str
    service: str
    invoice_number: str | None
    amount: int
    outstanding: int = Field(description="What is still owed.")
    currency: str
    due_date: date
    customer: CustomerModel
    lines: list[LineModel]
    created_at: datetime
    updated_at: datetime
    pay_url: str = Field(description="Where the payer pays.")
    metadata: dict[str, str]


class InvoiceListModel(BaseModel):
    """One page, oldest first; `cursor` continues it and is null at the end."""

    items: list[InvoiceModel]
    cursor: str | None


def customer_of(request: CreateInvoiceRequest) -> Customer:
    return Customer(**request.customer.model_dump())


def lines_of(request: CreateInvoiceRequest) -> tuple[InvoiceLine, ...]:
    return tuple(InvoiceLine(line.description, line.amount, line.description_ar) for line in request.lines)


def fingerprint(request: BaseModel) -> str:
    """Hash of what the body says. Leaving a field out and sending its default are the same; so is any order of members.

    Defaults are left out, so that a field added later does not make old bodies new.
    """
    content = request.model_dump(mode="json", exclude_defaults=True)
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def invoice_model(invoice: Invoice, public_url: str) -> InvoiceModel:
    """`public_url` is the API's stable address, without a trailing slash."""
    return InvoiceModel(
        reference=invoice.reference,
        state=invoice.state,
        agency=invoice.agency,
        service=invoice.service,
        invoice_number=invoice.invoice_number,
        amount=invoice.amount,
        outstanding=invoice.outstanding,
        currency=invoice.currency,
        due_date=invoice.due_date,
        customer=_customer_model(invoice.customer),
        lines=[_line_model(line) for line in invoice.lines],
        created_at=invoice.created_at,
        updated_at=invoice.updated_at,
        pay_url=f"{public_url}/pay/{invoice.reference}",
        metadata=dict(sorted(invoice.metadata.items())),  # the table keeps no order, an answer does
    )


def _customer_model(customer: Customer) -> CustomerModel:
    """Not checked again: what was stored under an older rule must stay readable."""
    return CustomerModel.model_construct(
        name=customer.name,
        name_ar=customer.name_ar,
        cpr=customer.cpr,
        phone=customer.phone,
        email=customer.email,
    )


def _line_model(line: InvoiceLine) -> LineModel:
    return LineModel.model_construct(
        description=line.description, description_ar=line.description_ar, amount=line.amount
    )
