"""Which invoices money in suspense may be for: suggestions with their reasons, for a person to confirm; never a match.

Numbers in the text that are wrong by one mistake and exist when it is mended; what the same account paid before, and
what else those payers owe; where exactly one of all these asks for just this amount, that is said too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mizan.application.ports import Clock, InvoiceRepository
from mizan.application.ports_search import FIRST, PayerIndex
from mizan.application.ports_transfers import RemitterIndex
from mizan.domain.accounts import PLATFORM_AGENCY
from mizan.domain.invoices import Invoice, as_of
from mizan.domain.quotes import amount_due
from mizan.domain.remittance import references_in, repaired_in
from mizan.domain.suspense import SuspenseCase

SUGGESTION_COUNT_MAX = 10
REMITTER_ROW_COUNT_MAX = 10
PAYER_ROW_COUNT_MAX = 50


class SuggestionReason(StrEnum):
    """Why an invoice is suggested; those of `mizan.domain.remittance.Repair` as they are called there."""

    NAMED = "named"
    ONE_DIGIT = "one_digit_wrong"
    TRANSPOSED = "two_digits_swapped"
    MISSING = "one_digit_missing"
    EXTRA = "one_digit_too_many"
    REMITTER = "remitter_seen_before"
    AMOUNT = "only_one_with_this_amount"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`amount_due` in fils now; None where nothing can be paid any more."""

    invoice: Invoice
    reasons: tuple[SuggestionReason, ...]
    amount_due: int | None


class InvoiceSuggestions:
    def __init__(
        self, *, invoices: InvoiceRepository, remitters: RemitterIndex, payers: PayerIndex, clock: Clock
    ) -> None:
        self._invoices, self._remitters, self._payers, self._clock = invoices, remitters, payers, clock

    def of(self, case: SuspenseCase) -> tuple[Suggestion, ...]:
        """The likeliest first: what can be paid with just this amount, then what can be paid, then the rest."""
        now = self._clock.now()
        reasons: dict[str, list[SuggestionReason]] = {}
        for reference, reason in [*self._written(case), *self._of_remitter(case)]:
            known = reasons.setdefault(reference, [])
            if reason not in known:
                known.append(reason)
        found = [as_of(one, now) for one in self._invoices.get_many(list(reasons))]
        own = [one for one in found if case.agency in (PLATFORM_AGENCY, one.agency)]
        due = {one.reference: amount_due(one, now) for one in own}
        fitting = [reference for reference, amount in due.items() if amount == case.amount]
        if len(fitting) == 1:
            reasons[fitting[0]].append(SuggestionReason.AMOUNT)
        made = [Suggestion(one, tuple(reasons[one.reference]), due[one.reference]) for one in own]
        made.sort(key=lambda one: (one.amount_due != case.amount, one.amount_due is None))
        return tuple(made[:SUGGESTION_COUNT_MAX])

    @staticmethod
    def _written(case: SuspenseCase) -> Iterator[tuple[str, SuggestionReason]]:
        for reference in references_in(case.remittance):
            yield reference, SuggestionReason.NAMED
        for repaired in repaired_in(case.remittance):
            yield repaired.reference, SuggestionReason(repaired.repair)
        if case.allocated_to is None and not case.remittance:
            yield case.reference, SuggestionReason.NAMED  # an attempt's own invoice, where nothing else is told

    def _of_remitter(self, case: SuspenseCase) -> Iterator[tuple[str, SuggestionReason]]:
        if not case.remitter.iban:
            return
        rows = self._remitters.rows_of(case.remitter.iban, limit=REMITTER_ROW_COUNT_MAX)
        before = list(dict.fromkeys(row.rpartition("#")[2] for row in rows))
        customers = {
            (invoice.agency, payer)
            for invoice in self._invoices.get_many(before)
            for payer in invoice.customer.identifiers
        }
        for agency, payer in sorted(customers)[:REMITTER_ROW_COUNT_MAX]:
            for row in self._payers.rows_of_payer(agency, payer, after=FIRST, limit=PAYER_ROW_COUNT_MAX):
                yield row.rpartition("#")[2], SuggestionReason.REMITTER
        for reference in before:
            yield reference, SuggestionReason.REMITTER
