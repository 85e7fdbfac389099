"""A credit of an overpayment as JSON, and the way to the domain."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from mizan.application.use_overpayment import CreditOverpayment
from mizan.domain.money import AMOUNT_MAX
from mizan.entrypoints.fields import Amount


class CreateCreditRequest(BaseModel):
    """Which overpayment pays what. Amounts in fils."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    reference: Annotated[str, StringConstraints(max_length=18)] = Field(description="The invoice that was overpaid.")
    to_reference: Annotated[str, StringConstraints(max_length=18)] = Field(description="The invoice to pay with it.")
    amount: Amount = Field(examples=[12500])
    seen_refundable: int = Field(
        strict=True,
        ge=0,
        le=AMOUNT_MAX,
        description="What you saw as left of the overpayment. Where that is no longer so: 412 with `current`.",
        examples=[12500],
    )


def credit_command(payment_id: str, request: CreateCreditRequest, *, idempotency_key: str) -> CreditOverpayment:
    return CreditOverpayment(
        payment_id=payment_id,
        reference=request.reference,
        to_reference=request.to_reference,
        amount=request.amount,
        seen_refundable=request.seen_refundable,
        idempotency_key=idempotency_key,
    )
