"""One agency, its account, its service, an invoice of BHD 12.500 and what is made of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from mizan.application.ports import InquiryOutcome, InquiryResult
from mizan.domain.accounts import AccountSecrets, Caller, MerchantAccount
from mizan.domain.calendar import business_date, end_of_day
from mizan.domain.callbacks import RawCallback
from mizan.domain.fees import NO_FEE, FeeRule
from mizan.domain.history import Entry
from mizan.domain.invoices import Customer, Invoice, InvoiceLine, InvoiceState
from mizan.domain.payments import (
    ATTEMPT_LIFETIME,
    INQUIRY_DELAY_FIRST,
    Capture,
    Disposition,
    Payment,
    PaymentLine,
    PaymentMethod,
    PaymentState,
    Share,
)
from mizan.domain.references import check_digits, track_id
from mizan.domain.services import Channel, ChannelCode, PhaseDates, Service
from tests.fakes.clock import NOON

AGENCY = "moic"
AMOUNT = 12_500
"""BHD 12.500, in fils."""
TOKEN = "tok-moic-1"
CALLER = Caller(agency=AGENCY, role="agency", key_id="key-1", scopes=frozenset({"invoices:write", "payments:write"}))
STRANGER = replace(CALLER, agency="health", key_id="key-2")
CUSTOMER = Customer("Maryam Ali", "مريم علي", "900101123", "+97330000000", "maryam@example.invalid")

ACCOUNT = MerchantAccount(
    account_id="acc-1",
    token=TOKEN,
    gateway="fake",
    agency=AGENCY,
    terminal_id="TERM0001",
    method="debit_card",
    base_url="https://gateway.invalid",
    cutoff=time(0, 0),
    is_active=True,
    secrets=AccountSecrets(password="pw", resource_key="K" * 32, retired_keys=("R" * 32,)),
    effective_from=NOON - timedelta(days=30),
)


def no_fees(_service: str, _method: PaymentMethod) -> FeeRule:
    """A schedule under which paying costs nothing."""
    return NO_FEE


def a_service(code: str = "cr-registration", agency: str = AGENCY) -> Service:
    kiosk = Channel(ChannelCode.KIOSK, "Kiosk", "كشك", False, False, ("Type the reference.",), ("أدخل الرقم.",))
    return Service(code, agency, "Commercial registration", "السجل التجاري", PhaseDates(), (kiosk,))


def a_reference(number: int = 1) -> str:
    body = f"{number:016d}"
    return body + check_digits(body)


def an_invoice(number: int = 1, **changes: Any) -> Invoice:
    """Issued at noon, due in two weeks, one line; every optional field filled."""
    amount = changes.get("amount", AMOUNT)
    invoice = Invoice(
        reference=a_reference(number),
        agency=AGENCY,
        service="cr-registration",
        customer=CUSTOMER,
        lines=(InvoiceLine("Registration fee", amount, "رسم التسجيل"),),
        due_date=date(2026, 3, 15),
        currency="BHD",
        amount=amount,
        outstanding=amount,
        state=InvoiceState.ISSUED,
        created_at=NOON,
        updated_at=NOON,
        identity=f"identity-{number}",
        fingerprint=f"fingerprint-{number}",
        correlation_id="corr-1",
        invoice_number=f"INV-{number}",
        metadata={"branch": "سترة"},
        history=(Entry("issue", NOON, amount),),
    )
    return replace(invoice, **changes)


def by_reference(*invoices: Invoice) -> dict[str, Invoice]:
    return {invoice.reference: invoice for invoice in invoices}


def a_payment(invoice: Invoice | None = None, serial: int = 0, **changes: Any) -> Payment:
    """An attempt on `invoice`, pending at the gateway since noon."""
    invoice = invoice or an_invoice()
    created_at: datetime = changes.get("created_at", NOON)
    payment = Payment(
        payment_id=f"pay_{invoice.reference}{serial:06d}",
        reference=invoice.reference,
        agency=invoice.agency,
        service=invoice.service,
        amount=invoice.amount,
        currency=invoice.currency,
        method=PaymentMethod.DEBIT_CARD,
        gateway="fake",
        account_id="acc-1",
        account_token=TOKEN,
        state=PaymentState.PENDING,
        created_at=created_at,
        updated_at=created_at,
        expires_at=created_at + ATTEMPT_LIFETIME,
        next_inquiry_at=created_at + INQUIRY_DELAY_FIRST,
        identity=f"attempt-{serial}",
        fingerprint="debit-card",
        correlation_id="corr-1",
        gateway_payment=f"gp-{serial}",
        redirect_url=f"https://pay.invalid/page?id=gp-{serial}",
        lines=(a_line(invoice, changes.get("amount")),),
        history=(Entry("create", created_at, invoice.amount), Entry("start", created_at)),
    )
    return replace(payment, **changes)


def a_line(invoice: Invoice, amount: int | None = None) -> PaymentLine:
    """All of the invoice, as quoted at noon."""
    owed = amount or invoice.amount
    return PaymentLine(invoice.reference, invoice.agency, invoice.service, owed, owed, end_of_day(business_date(NOON)))


def settled(payment: Payment, disposition: Disposition = Disposition.ALLOCATED, **changes: Any) -> Payment:
    """The attempt with its money captured, all of which went one way; not confirmed yet."""
    capture: Capture = changes.get("capture") or a_capture(payment.amount, int(payment.payment_id[-6:]))
    is_allocated = disposition is Disposition.ALLOCATED
    lines = (
        replace(
            payment.lines[0],
            discharged=payment.lines[0].discharge if is_allocated else 0,
            shares=(Share(disposition, capture.amount, capture.amount),),
        ),
    )
    history = (*payment.history, Entry("capture", capture.captured_at, capture.amount))
    found: dict[str, Any] = {"state": PaymentState.SUCCEEDED, "capture": capture, "lines": lines, "history": history}
    return replace(payment, **(found | changes))


def a_capture(amount: int = AMOUNT, serial: int = 0, **changes: Any) -> Capture:
    capture = Capture(
        amount=amount,
        currency="BHD",
        transaction=f"gt-{serial}",
        gateway_payment=f"gp-{serial}",
        rrn=f"{serial:012d}",
        auth_code="000000",
        captured_at=NOON + timedelta(minutes=2),
    )
    return replace(capture, **changes)


def captured(payment: Payment, capture: Capture | None = None, *, track: str | None = None) -> InquiryResult:
    """The gateway's word that it took the money for `payment`."""
    serial = int(payment.payment_id[-6:])
    return InquiryResult(
        InquiryOutcome.CAPTURED,
        track if track is not None else track_id(payment.payment_id),
        capture=capture or a_capture(payment.amount, serial),
    )


def a_callback(body: bytes = b"trandata=AB", **changes: Any) -> RawCallback:
    callback = RawCallback(
        gateway="fake",
        account_token=TOKEN,
        channel="notification",
        body=body,
        content_type="application/x-www-form-urlencoded",
        received_at=NOON + timedelta(minutes=2),
        correlation_id="corr-2",
    )
    return replace(callback, **changes)


class FakeServiceCatalogue:
    def __init__(self, *services: Service) -> None:
        self._services = {service.code: service for service in services}

    def add(self, service: Service) -> None:
        self._services[service.code] = service

    def get(self, code: str) -> Service | None:
        return self._services.get(code)

    def all(self) -> Sequence[Service]:
        return [service for _, service in sorted(self._services.items())]
