"""Invoices as JSON: what callers send, what they get, and the way between these and the domain."""

import hashlib
import json
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mizan.domain.invoices import (
    Customer,
    Invoice,
    InvoiceLine,
    InvoiceState,
    TaxCategory,
    askable_events,
    due_on,
    is_overdue,
)
from mizan.domain.quotes import amount_due
from mizan.entrypoints.fields import (
    Amount,
    Cpr,
    Cr,
    Description,
    Email,
    InvoiceNumber,
    IsoDate,
    LedgerCode,
    MetadataKey,
    MetadataValue,
    Passport,
    PersonName,
    Phone,
    ServiceCode,
)
from mizan.entrypoints.terms_schemas import TermsModel, terms_model
from mizan.entrypoints.timeline import INVOICE_LABELS, TimelineEntryModel, timeline_of

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
    cr: Cr | None = Field(None, description="A company's commercial registration.", examples=["12345-1"])
    passport: Passport | None = Field(None, description="Letters are taken as capitals.", examples=["AB1234567"])


class LineModel(BaseModel):
    """What is charged for."""

    model_config = REQUEST

    description: Description = Field(examples=["Commercial registration renewal"])
    description_ar: Description | None = Field(None, examples=["تجديد السجل التجاري"])
    amount: Amount = Field(description="In fils: 12500 is BHD 12.500.", examples=[12500])
    ledger_code: LedgerCode | None = Field(None, description="Your own revenue account.", examples=["4110-02"])
    tax_category: TaxCategory | None = Field(None, strict=False, description="VAT treatment; the amount includes it.")


Lines = Annotated[list[LineModel], Field(min_length=1, max_length=LINE_COUNT_MAX)]
Metadata = Annotated[
    dict[MetadataKey, MetadataValue],
    Field(
        max_length=METADATA_COUNT_MAX,
        description="Your own notes, given back as they are; nothing personal.",
        examples=[{"branch": "seef"}],
    ),
]


class CreateInvoiceRequest(BaseModel):
    """An invoice to raise: with your own `invoice_number`, an `Idempotency-Key`, or both."""

    model_config = REQUEST

    service: ServiceCode = Field(description="One of your services (GET /v1/services).", examples=["cr-renewal"])
    invoice_number: InvoiceNumber | None = Field(None, description="Your own number.", examples=["CR-2026-000017"])
    due_date: IsoDate = Field(description="A day in Bahrain.", examples=["2026-12-31"])
    currency: Literal["BHD"] = "BHD"
    customer: CustomerModel
    lines: Lines
    metadata: Metadata = Field(default_factory=dict)
    draft: bool = Field(False, description="Not to be paid before it is issued.")
    terms: TermsModel | None = None


class AmendInvoiceRequest(BaseModel):
    """What changes while nothing is paid; what is left out stays, what is given replaces all of that field."""

    model_config = REQUEST

    customer: CustomerModel | None = None
    lines: Lines | None = None
    due_date: IsoDate | None = None
    terms: TermsModel | None = None
    metadata: Metadata | None = None


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
    due_on: date = Field(description="By when the next money is due: the next instalment's day where a plan binds.")
    is_overdue: bool
    amount_due: int | None = Field(description="What a quote says now; null where nothing can be paid.")
    customer: CustomerModel
    lines: list[LineModel]
    terms: TermsModel
    plan: str | None = Field(description="The plan that a paid instalment bound the payer to.")
    legs_paid: list[int] = Field(description="Which instalments of it are paid, from 0.")
    supersedes: str | None = Field(description="The reference that this one replaces.")
    superseded_by: str | None = Field(description="The reference that replaces this one.")
    created_at: datetime
    updated_at: datetime
    pay_url: str = Field(description="Where the payer pays.")
    metadata: dict[str, str]
    timeline: list[TimelineEntryModel] = Field(description="What happened to it, oldest first.")
    possible: list[str] = Field(description="What you may ask for now.", examples=[["amend", "cancel"]])


class InvoiceListModel(BaseModel):
    """One page, oldest first; `cursor` continues it and is null at the end."""

    items: list[InvoiceModel]
    cursor: str | None


def customer_of(model: CustomerModel) -> Customer:
    return Customer(**model.model_dump())


def lines_of(models: list[LineModel]) -> tuple[InvoiceLine, ...]:
    return tuple(
        InvoiceLine(line.description, line.amount, line.description_ar, line.ledger_code, line.tax_category)
        for line in models
    )


def fingerprint(request: BaseModel) -> str:
    """Hash of what the body says. Leaving a field out and sending its default are the same; so is any order of members.

    Defaults are left out, so that a field added later does not make old bodies new.
    """
    content = request.model_dump(mode="json", exclude_defaults=True)
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def invoice_model(invoice: Invoice, public_url: str, *, at: datetime) -> InvoiceModel:
    """`invoice` as of `at`. `public_url` is the API's stable address, without a trailing slash."""
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
        due_on=due_on(invoice),
        is_overdue=is_overdue(invoice, at),
        amount_due=amount_due(invoice, at),
        customer=_customer_model(invoice.customer),
        lines=[_line_model(line) for line in invoice.lines],
        terms=terms_model(invoice.terms),
        plan=invoice.plan,
        legs_paid=list(invoice.legs_paid),
        supersedes=invoice.supersedes,
        superseded_by=invoice.superseded_by,
        created_at=invoice.created_at,
        updated_at=invoice.updated_at,
        pay_url=f"{public_url}/pay/{invoice.reference}",
        metadata=dict(sorted(invoice.metadata.items())),  # the table keeps no order, an answer does
        timeline=timeline_of(invoice.history, INVOICE_LABELS),
        possible=[str(event) for event in askable_events(invoice)],
    )


def _customer_model(customer: Customer) -> CustomerModel:
    """Not checked again: what was stored under an older rule must stay readable."""
    return CustomerModel.model_construct(
        name=customer.name,
        name_ar=customer.name_ar,
        cpr=customer.cpr,
        phone=customer.phone,
        email=customer.email,
        cr=customer.cr,
        passport=customer.passport,
    )


def _line_model(line: InvoiceLine) -> LineModel:
    return LineModel.model_construct(
        description=line.description,
        description_ar=line.description_ar,
        amount=line.amount,
        ledger_code=line.ledger_code,
        tax_category=line.tax_category,
    )
