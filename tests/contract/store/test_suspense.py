"""What every store promises of suspense cases, of references that are no invoice's, and of remitters."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mizan.application.ports_books import CommitOutcome, Move
from mizan.domain.errors import InvalidInputError, ReferenceTakenError
from mizan.domain.incoming_credits import Remitter
from mizan.domain.suspense import SuspenseCase, SuspenseEvent, SuspenseState, case_id_of, changed, payment_id_of
from tests.contract.store.conftest import Store
from tests.fakes.clock import NOON
from tests.fakes.samples import a_payment, a_reference, an_invoice
from tests.fakes.terms_samples import a_basket
from tests.fakes.transfers import a_case


def _case_of(number: int, minutes: int) -> SuspenseCase:
    payment_id = a_payment(an_invoice(number)).payment_id
    return a_case(case_id=case_id_of(payment_id), payment_id=payment_id, created_at=NOON + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "case",
    [
        a_case(),
        a_case(remitter=Remitter(), remittance=""),
        a_case(remitter=Remitter("علي", ""), state=SuspenseState.ALLOCATED, checker="dana", allocated_to="pay_1"),
    ],
)
def test_a_case_is_read_as_it_was_written(store: Store, case: SuspenseCase) -> None:
    assert store.books.commit([Move(None, case)]) is CommitOutcome.COMMITTED
    assert store.cases.get(case.case_id) == case
    assert payment_id_of(case.case_id) == case.payment_id


@pytest.mark.parametrize("case_id", ["", "sus_1", "pay_" + "1" * 24, "sus_" + "0" * 24])
def test_what_is_no_case_is_not_found(store: Store, case_id: str) -> None:
    assert store.cases.get(case_id) is None


def test_cases_are_listed_by_their_state_the_oldest_first(store: Store) -> None:
    """Across shards and pages; a case moves from one listing to another with its state."""
    cases = [_case_of(number, minutes) for number, minutes in ((1, 4), (2, 1), (3, 3), (4, 2), (5, 0))]
    for case in cases:
        store.books.commit([Move(None, case)])
    gone = changed(cases[2], SuspenseEvent.TAKE_BACK, NOON)
    store.books.commit([Move(cases[2], gone)])

    seen: list[SuspenseCase] = []
    cursor: str | None = None
    for _ in range(5):
        page = store.cases.page(SuspenseState.OPEN, limit=2, cursor=cursor)
        seen += page.cases
        cursor = page.cursor
        if cursor is None:
            break

    assert [case.case_id for case in seen] == [cases[at].case_id for at in (4, 1, 3, 0)]
    assert store.cases.page(SuspenseState.TAKEN_BACK, limit=10, cursor=None).cases == (gone,)


@pytest.mark.parametrize("cursor", ["", "x", "!!", "YWJj", "A" * 190])
def test_a_cursor_that_is_none_of_ours_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(InvalidInputError):
        store.cases.page(SuspenseState.OPEN, limit=2, cursor=cursor)


def test_a_kept_reference_is_no_invoices_and_no_baskets(store: Store) -> None:
    """Once, for one identity; nobody who looks for an invoice finds one."""
    reference = a_reference(1)

    assert store.references.reserve(reference, "credit-1")
    assert store.references.reserve(reference, "credit-1")
    assert not store.references.reserve(reference, "credit-2")

    assert store.invoices.get(reference) is None
    assert store.invoices.get_many([reference]) == []
    assert store.baskets.get(reference) is None
    with pytest.raises(ReferenceTakenError):
        store.invoices.add(an_invoice(1))
    with pytest.raises(ReferenceTakenError):
        store.baskets.add(replace(a_basket(), reference=reference))


def test_an_invoices_reference_is_not_kept_for_anything_else(store: Store) -> None:
    store.invoices.add(an_invoice(1))

    assert not store.references.reserve(a_reference(1), "credit-1")


def test_remitters_rows_are_the_latest_first_and_each_once(store: Store) -> None:
    for row in ("2026-03-01#a", "2026-03-03#c", "2026-03-02#b", "2026-03-03#c"):
        store.remitters.put("BH57NBOB00001234567890", row)
    store.remitters.put("BH67BMAG00001299123456", "2026-03-09#z")

    assert store.remitters.rows_of("BH57NBOB00001234567890", limit=2) == ["2026-03-03#c", "2026-03-02#b"]
