"""Money in suspense as finance sees it: cases by state, oldest first, and one with what it may be for."""

from dataclasses import dataclass, replace

from mizan.application.ports import PaymentRepository
from mizan.application.ports_transfers import CasePage, SuspenseCases
from mizan.application.suggest_invoices import InvoiceSuggestions, Suggestion
from mizan.application.suspense_rules import suspended_of
from mizan.domain.accounts import Caller
from mizan.domain.errors import NotFoundError
from mizan.domain.suspense import SuspenseCase, SuspenseState


@dataclass(frozen=True, slots=True)
class CaseView:
    """`left` and `reserved` of the suspended money by now, in minor units of the case's currency."""

    case: SuspenseCase
    left: int
    reserved: int
    suggestions: tuple[Suggestion, ...] = ()


class SuspenseReader:
    def __init__(self, *, cases: SuspenseCases, payments: PaymentRepository, suggestions: InvoiceSuggestions) -> None:
        self._cases, self._payments, self._suggestions = cases, payments, suggestions

    def page(self, state: SuspenseState, *, caller: Caller, limit: int, cursor: str | None) -> CasePage:
        """Cases whose money is the caller's; a page may be short where others' are left out. Raises
        InvalidInputError on a bad cursor.
        """
        page = self._cases.page(state, limit=limit, cursor=cursor)
        return replace(page, cases=tuple(case for case in page.cases if caller.may_see(case.agency)))

    def show(self, case_id: str, *, caller: Caller) -> CaseView:
        """One case, with suggestions while it is open. Raises NotFoundError."""
        case = visible_case(case_id, caller=caller, cases=self._cases)
        payment = self._payments.get(case.payment_id)
        is_open = case.state is SuspenseState.OPEN
        suggestions = self._suggestions.of(case) if is_open else ()
        return CaseView(case, *suspended_of(payment), suggestions)


def visible_case(case_id: str, *, caller: Caller, cases: SuspenseCases) -> SuspenseCase:
    """Raises NotFoundError, also for another agency's."""
    case = cases.get(case_id)
    if case is None or not caller.may_see(case.agency):
        raise NotFoundError("suspense case")
    return case
