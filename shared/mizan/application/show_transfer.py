"""How to pay an invoice by bank transfer: its own virtual account, and the reference that any bank's form takes."""

from dataclasses import dataclass

from mizan.application.ports import AccountDirectory, Clock, InvoiceRepository
from mizan.application.read_invoices import show_invoice
from mizan.domain.accounts import PLATFORM_AGENCY, Caller
from mizan.domain.errors import NotFoundError
from mizan.domain.payments import PaymentMethod
from mizan.domain.quotes import amount_due
from mizan.domain.transfers import (
    BENEFICIARY_SETTING,
    PREFIX_SETTING,
    STATEMENT_IBAN_SETTING,
    creditor_reference,
    virtual_iban,
)


@dataclass(frozen=True, slots=True)
class TransferInstructions:
    """`iban` is the invoice's own account; where the bank lends no range it is the account itself, and the creditor
    reference must be written. `amount` in fils as due now; None where nothing can be paid.
    """

    reference: str
    iban: str
    is_virtual: bool
    creditor_reference: str
    beneficiary: str
    amount: int | None
    currency: str


def transfer_instructions(
    reference: str, *, caller: Caller, invoices: InvoiceRepository, accounts: AccountDirectory, clock: Clock
) -> TransferInstructions:
    """Raises NotFoundError: no such invoice, or nobody takes transfers for its agency."""
    invoice = show_invoice(reference, caller=caller, invoices=invoices, clock=clock)
    takers = (accounts.active_for(agency, PaymentMethod.BANK_TRANSFER) for agency in (invoice.agency, PLATFORM_AGENCY))
    account = next((taker for taker in takers if taker is not None), None)
    if account is None:
        raise NotFoundError("transfer")
    prefix = account.settings.get(PREFIX_SETTING, "")
    return TransferInstructions(
        reference=reference,
        iban=virtual_iban(reference, prefix) if prefix else account.settings.get(STATEMENT_IBAN_SETTING, ""),
        is_virtual=bool(prefix),
        creditor_reference=creditor_reference(reference),
        beneficiary=account.settings.get(BENEFICIARY_SETTING, ""),
        amount=amount_due(invoice, clock.now()),
        currency=invoice.currency,
    )
