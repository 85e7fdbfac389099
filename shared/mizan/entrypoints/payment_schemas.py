"""Payment attempts as JSON: what callers send, what they get, and the way from the domain."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mizan.domain.payments import Disposition, Payment, PaymentState


class StartPaymentRequest(BaseModel):
    """How the payer will pay."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    method: Literal["debit_card"]


class DeclineModel(BaseModel):
    """Why the gateway said no; the texts are for the payer."""

    code: str = Field(examples=["51"])
    text: str
    text_ar: str


class PaymentModel(BaseModel):
    """One attempt to pay an invoice. Amounts in fils; instants in UTC."""

    payment_id: str = Field(examples=["pay_482019374650192753004211"])
    reference: str = Field(description="The invoice's.")
    state: PaymentState
    amount: int = Field(description="What the payer was asked for.")
    currency: str
    method: str
    gateway: str
    redirect_url: str | None = Field(description="Send the payer's browser here while the attempt is pending.")
    disposition: Disposition | None = Field(description="Where captured money went.")
    gateway_transaction: str | None = Field(description="The gateway's own id of the capture.")
    captured_at: datetime | None
    captured_amount: int | None = Field(description="What the gateway took; another amount than asked is suspended.")
    decline: DeclineModel | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime


class PaymentListModel(BaseModel):
    """Every attempt on one invoice, oldest first."""

    items: list[PaymentModel]


def payment_model(payment: Payment) -> PaymentModel:
    capture, decline = payment.capture, payment.decline
    return PaymentModel(
        payment_id=payment.payment_id,
        reference=payment.reference,
        state=payment.state,
        amount=payment.amount,
        currency=payment.currency,
        method=str(payment.method),
        gateway=payment.gateway,
        redirect_url=payment.redirect_url,
        disposition=payment.disposition,
        gateway_transaction=capture.transaction if capture else None,
        captured_at=capture.captured_at if capture else None,
        captured_amount=capture.amount if capture else None,
        decline=DeclineModel(code=decline.code, text=decline.text, text_ar=decline.text_ar) if decline else None,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
        expires_at=payment.expires_at,
    )
