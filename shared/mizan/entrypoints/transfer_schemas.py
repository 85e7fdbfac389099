"""Transfer instructions as JSON."""

from pydantic import BaseModel, Field

from mizan.application.show_transfer import TransferInstructions
from mizan.entrypoints.problem_texts import Text

STEPS = (
    Text("Order a transfer to this IBAN at your bank.", "اطلب من بنكك تحويلًا إلى رقم الحساب هذا (IBAN)."),
    Text("Transfer exactly the amount due.", "حوّل المبلغ المستحق كما هو."),
    Text("Write the creditor reference as the payment's purpose.", "اكتب مرجع الدائن في غرض التحويل."),
)


class TransferStepModel(BaseModel):
    """One step, in both languages."""

    text: str
    text_ar: str


class TransferInstructionsModel(BaseModel):
    """Where a payer transfers to, and what they write."""

    reference: str = Field(description="The invoice's.", examples=["482019374650192753"])
    iban: str = Field(description="Electronic form.", examples=["BH74MZNBV011BGM6FQYASN"])
    is_virtual: bool = Field(description="Whether the account is this invoice's alone: then nothing has to be written.")
    creditor_reference: str = Field(
        description="ISO 11649: the reference with check digits of its own.", examples=["RF74482019374650192796"]
    )
    beneficiary: str = Field(description="The account holder's name.")
    amount: int | None = Field(description="As due now, in fils; null where nothing can be paid.")
    currency: str
    steps: list[TransferStepModel]


def transfer_model(found: TransferInstructions) -> TransferInstructionsModel:
    return TransferInstructionsModel(
        reference=found.reference,
        iban=found.iban,
        is_virtual=found.is_virtual,
        creditor_reference=found.creditor_reference,
        beneficiary=found.beneficiary,
        amount=found.amount,
        currency=found.currency,
        steps=[TransferStepModel(text=step.en, text_ar=step.ar) for step in STEPS],
    )
