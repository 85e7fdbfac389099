"""Payment attempts as JSON: what callers send, what they get, and the way from the domain."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from mizan.application.pay_by_voucher import VoucherPayment
from mizan.domain.accounts import Caller
from mizan.domain.invoices import Customer
from mizan.domain.payments import Disposition, Payment, PaymentLine, PaymentState
from mizan.entrypoints.fields import Amount, Cpr, Cr, Passport, PersonName, PlanId
from mizan.entrypoints.timeline import TimelineEntryModel, timeline_of
from mizan.entrypoints.timeline_labels import PAYMENT_LABELS

VoucherCode = Annotated[str, StringConstraints(pattern="^[0-9]{16}$")]
QuoteId = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern="^qte_[0-9a-f]+$")]


class PaymentPayerModel(BaseModel):
    """Who pays for another: a relative, an employer, a clearing agent. Kept sealed, masked in logs and on pages."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    name: PersonName = Field(examples=["Gulf Clearing W.L.L."])
    name_ar: PersonName | None = Field(None, examples=["الخليج للتخليص ذ.م.م."])
    cpr: Cpr | None = Field(None, description="Bahrain's personal number.", examples=["900112345"])
    cr: Cr | None = Field(None, description="A company's commercial registration.", examples=["12345-1"])
    passport: Passport | None = Field(None, examples=["AB1234567"])


class StartPaymentRequest(BaseModel):
    """How the payer will pay, and what: all that is due where nothing is said."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    method: Literal[
        "debit_card",
        "credit_card",
        "gcc_debit_card",
        "wallet",
        "sadad",
        "voucher",
        "bank_app",
        "kiosk",
        "cash_agent",
        "bank_transfer",
    ] = Field(description="The last four start elsewhere: the payer gives the reference there.")
    plan: PlanId | None = Field(None, description="The next instalment of this plan.")
    amount: Amount | None = Field(None, description="A part of so many fils, where the terms allow it.")
    quote_id: QuoteId | None = Field(None, description="As this quote says; then neither plan nor amount.")
    voucher_code: VoucherCode | None = Field(None, description="With `voucher`, and only with it.")
    payer: PaymentPayerModel | None = Field(None, description="Who pays, where that is not whom the invoice bills.")


class DeclineModel(BaseModel):
    """Why the gateway said no; the texts are for the payer."""

    code: str = Field(examples=["51"])
    text: str
    text_ar: str


class ShareModel(BaseModel):
    """Where some of the captured money went, in fils."""

    disposition: Disposition = Field(description="Allocated to the invoice, overpaid, or suspended.")
    amount: int
    left: int = Field(description="What of it can still go back: what a refund states as `seen_refundable`.")
    reserved: int = Field(description="Promised to a refund, or held by a dispute.")
    is_dormant: bool = Field(description="Overpaid, and nobody asked for it for a year; it is still the payer's.")


class VoucherChangeModel(BaseModel):
    """What a voucher left: a new one, told of only to who paid with the old one."""

    amount: int = Field(description="In fils.")
    code: str = Field(examples=["4820193746501927"])
    expires_at: datetime


class PaymentLineModel(BaseModel):
    """What the attempt pays on one invoice, in fils."""

    reference: str
    amount: int
    discharged: int = Field(description="How much of the invoice's face amount its money has settled.")
    plan: str | None
    leg: int | None = Field(description="Which instalment of the plan, from 0.")
    shares: list[ShareModel] = Field(description="Where its money went, once it is captured.")


class PaymentModel(BaseModel):
    """One attempt to pay an invoice. Amounts in fils; instants in UTC."""

    payment_id: str = Field(examples=["pay_482019374650192753004211"])
    reference: str = Field(description="The invoice's, or the basket's.")
    lines: list[PaymentLineModel] = Field(description="One per invoice of yours; several in a basket.")
    state: PaymentState
    amount: int = Field(description="What the payer was asked for.")
    surcharge: int = Field(
        description="What of `amount` is for no invoice: the payer's fees with VAT, and cash rounding (signed)."
    )
    payer: PaymentPayerModel | None = Field(description="Who pays, where that is not whom the invoice bills.")
    currency: str
    method: str
    gateway: str
    redirect_url: str | None = Field(
        description="Send the payer's browser here while the attempt is pending. Of a wallet, its query holds the "
        "parameters that open the payer's app (`secure_hash` among them), for an app of your own."
    )
    disposition: Disposition | None = Field(description="Where captured money went.")
    gateway_transaction: str | None = Field(description="The gateway's own id of the capture.")
    captured_at: datetime | None
    captured_amount: int | None = Field(description="What the gateway took; another amount than asked is suspended.")
    refundable: int = Field(description="What of it can still go back in all: neither gone nor promised.")
    is_final: bool = Field(description="The gateway has confirmed the capture; refunds are sent from here on.")
    decline: DeclineModel | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    timeline: list[TimelineEntryModel] = Field(
        description="What happened to it, oldest first; empty where other agencies have a part in it."
    )
    voucher_change: VoucherChangeModel | None = Field(None, description="In the answer to paying by voucher alone.")


class PaymentListModel(BaseModel):
    """Every attempt on one invoice, oldest first."""

    items: list[PaymentModel]


def payment_model(payment: Payment, caller: Caller) -> PaymentModel:
    """What `caller` may see of it: of a basket over several agencies its own lines, and what concerns them."""
    capture, decline = payment.capture, payment.decline
    own = [line for line in payment.lines if caller.may_see(line.agency)]
    is_whole = len(own) == len(payment.lines)
    return PaymentModel(
        payment_id=payment.payment_id,
        reference=payment.reference,
        lines=[_line_model(line) for line in own],
        state=payment.state,
        amount=payment.amount,
        surcharge=payment.surcharge,
        payer=_payer_model(payment.payer) if payment.payer else None,
        currency=payment.currency,
        method=str(payment.method),
        gateway=payment.gateway,
        redirect_url=payment.redirect_url,
        disposition=payment.disposition,
        gateway_transaction=capture.transaction if capture else None,
        captured_at=capture.captured_at if capture else None,
        captured_amount=capture.amount if capture else None,
        refundable=sum(line.left for line in own),
        is_final=payment.is_final,
        decline=DeclineModel(code=decline.code, text=decline.text, text_ar=decline.text_ar) if decline else None,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
        expires_at=payment.expires_at,
        timeline=timeline_of(payment.history, PAYMENT_LABELS) if is_whole else [],
    )


def payer_of(model: PaymentPayerModel | None) -> Customer | None:
    """Who pays for another, for the domain."""
    return None if model is None else Customer(**dict(model))


def _payer_model(payer: Customer) -> PaymentPayerModel:
    return PaymentPayerModel.model_construct(
        name=payer.name, name_ar=payer.name_ar, cpr=payer.cpr, cr=payer.cr, passport=payer.passport
    )


def change_model(paid: VoucherPayment) -> VoucherChangeModel | None:
    """What the voucher left; None where it was used up."""
    if paid.change is None or paid.change_code is None:
        return None
    return VoucherChangeModel(amount=paid.change.amount, code=paid.change_code, expires_at=paid.change.expires_at)


def _line_model(line: PaymentLine) -> PaymentLineModel:
    return PaymentLineModel(
        reference=line.reference,
        amount=line.amount,
        discharged=line.discharged,
        plan=line.plan,
        leg=line.leg,
        shares=[
            ShareModel(
                disposition=share.disposition,
                amount=share.amount,
                left=share.left,
                reserved=share.reserved,
                is_dormant=share.is_dormant,
            )
            for share in line.shares
        ],
    )
