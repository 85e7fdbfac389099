"""Which invoice a bank transfer is for: by the account it was sent to, else by the reference that it names.

Sources in their order: the virtual IBAN credited (or one written down), the structured reference, the free text. The
first that names an existing invoice decides; one that names several decides nothing. Only right check digits count:
what is almost a reference is a suggestion for a person.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mizan.application.ports import InvoiceRepository
from mizan.application.ports_quotes import BasketRepository
from mizan.domain.accounts import PLATFORM_AGENCY, MerchantAccount
from mizan.domain.incoming_credits import IncomingCredit
from mizan.domain.remittance import references_in, virtual_ibans_in
from mizan.domain.suspense import SuspenseReason
from mizan.domain.transfers import PREFIX_SETTING, reference_of_virtual_iban

LOOK_UP_COUNT_MAX = 10
"""References of one source that are looked up."""


@dataclass(frozen=True, slots=True)
class Match:
    """The reference of an invoice or basket that exists, or the reason why there is none."""

    reference: str | None
    reason: SuspenseReason = SuspenseReason.UNKNOWN_REFERENCE


def match_credit(
    account: MerchantAccount, credit: IncomingCredit, *, invoices: InvoiceRepository, baskets: BasketRepository
) -> Match:
    """What a credit in `account` is for. An agency's own account takes no other agency's money."""
    is_named = False
    for references in _sources(account, credit):
        is_named = is_named or bool(references)
        found = _existing(references[:LOOK_UP_COUNT_MAX], invoices, baskets)
        if len(found) > 1:
            return Match(None, SuspenseReason.AMBIGUOUS)
        for reference, agency in found.items():
            is_own = account.agency in (PLATFORM_AGENCY, agency)
            return Match(reference) if is_own else Match(None, SuspenseReason.ANOTHER_AGENCY)
    return Match(None, SuspenseReason.UNKNOWN_REFERENCE if is_named else SuspenseReason.NO_REFERENCE)


def _existing(references: tuple[str, ...], invoices: InvoiceRepository, baskets: BasketRepository) -> dict[str, str]:
    """Reference → agency of those that exist."""
    if not references:
        return {}
    found = {one.reference: one.agency for one in invoices.get_many(list(references))}
    others = (baskets.get(reference) for reference in references if reference not in found)
    return found | {one.reference: one.agency for one in others if one is not None}


def _sources(account: MerchantAccount, credit: IncomingCredit) -> Iterator[tuple[str, ...]]:
    prefix = account.settings.get(PREFIX_SETTING, "")
    if prefix:
        credited = reference_of_virtual_iban(credit.credited_iban, prefix)
        yield (credited,) if credited else virtual_ibans_in(credit.remittance, prefix)
    yield references_in(credit.structured_reference)
    yield references_in(credit.remittance)
