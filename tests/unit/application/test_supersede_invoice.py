"""A wrong bill gets a successor: both change at once, or neither does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mizan.application.create_invoice import CreateInvoice
from mizan.application.ports_books import CommitOutcome, Move
from mizan.application.supersede_invoice import RETRY_COUNT_MAX, supersede_invoice
from mizan.domain.accounts import Caller
from mizan.domain.errors import (
    BusyError,
    IdempotencyConflictError,
    IllegalTransitionError,
    InvalidInputError,
    NotFoundError,
)
from mizan.domain.history import Entry
from mizan.domain.invoices import CHANGE_COUNT_MAX, Invoice, InvoiceLine, InvoiceState
from mizan.domain.ledger import LedgerTransaction
from tests.fakes.clock import NOON, FakeDerivation
from tests.fakes.platform import Platform, a_creation
from tests.fakes.samples import CALLER, STRANGER, a_reference, an_invoice
from tests.fakes.store import FakeBooks
from tests.fakes.terms_samples import a_basket

S = InvoiceState
LATER = timedelta(minutes=5)
CORRECTION = a_creation(
    lines=(InvoiceLine("Corrected fee", 9_000),),
    fingerprint="body-2",
    invoice_number="2026-0001-B",
    idempotency_key="key-2",
)


@pytest.fixture
def platform() -> Platform:
    return Platform()


def supersede(
    platform: Platform, invoice: Invoice, command: CreateInvoice = CORRECTION, caller: Caller = CALLER
) -> tuple[Invoice, bool]:
    return supersede_invoice(
        invoice.reference,
        command,
        caller=caller,
        invoices=platform.invoices,
        books=platform.books,
        baskets=platform.baskets,
        services=platform.services,
        derivation=platform.derivation,
        clock=platform.clock,
    )


@pytest.mark.parametrize("state", [S.ISSUED, S.OVERDUE, S.CONTESTED, S.HELD])
def test_the_new_invoice_takes_the_place_of_the_old_one(platform: Platform, state: InvoiceState) -> None:
    """BHD 9.000 instead of 12.500; each leads to the other, and the old one takes no money any more."""
    old = platform.with_invoice(an_invoice(state=state))
    platform.clock.advance(LATER)

    new, is_new = supersede(platform, old)

    assert is_new
    assert (new.state, new.amount, new.outstanding, new.supersedes) == (S.ISSUED, 9_000, 9_000, old.reference)
    assert new.reference != old.reference
    stored = platform.invoices.rows[old.reference]
    assert (stored.state, stored.superseded_by, stored.outstanding) == (S.SUPERSEDED, new.reference, 12_500)
    assert stored.history[-1] == Entry("supersede", NOON + LATER, actor="key:key-1")
    assert platform.invoices.rows[new.reference] == new


def test_a_repeat_is_the_same_successor_as_it_was_made(platform: Platform) -> None:
    """Also after it was paid in part: the first answer, and nothing more is made."""
    old = platform.with_invoice()
    first, _ = supersede(platform, old)
    platform.invoices.rows[first.reference] = replace(
        first,
        state=S.PARTIALLY_PAID,
        outstanding=1,
        history=(*first.history, Entry("pay_part", NOON, 8_999)),
    )
    platform.clock.advance(LATER)

    assert supersede(platform, old) == (first, False)
    assert len(platform.invoices.rows) == 2


@pytest.mark.parametrize(
    "changes", [{"fingerprint": "body-3"}, {"fingerprint": "body-3", "invoice_number": "2026-0009"}]
)
def test_the_same_key_or_number_with_another_body_is_a_conflict(platform: Platform, changes: dict[str, Any]) -> None:
    """409; the first correction stays the only one."""
    old = platform.with_invoice()
    supersede(platform, old)

    with pytest.raises(IdempotencyConflictError):
        supersede(platform, old, replace(CORRECTION, **changes))

    assert len(platform.invoices.rows) == 2


def test_the_same_correction_of_another_invoice_is_a_conflict(platform: Platform) -> None:
    """One successor has one predecessor; the other demand stays as it is."""
    old, other = platform.with_invoice(an_invoice(1)), platform.with_invoice(an_invoice(2))
    supersede(platform, old)

    with pytest.raises(IdempotencyConflictError):
        supersede(platform, other)

    assert platform.invoices.rows[other.reference] == other


def test_a_number_that_made_an_ordinary_invoice_corrects_nothing(platform: Platform) -> None:
    """The old one cannot become superseded by what was raised without it."""
    old = platform.with_invoice()
    platform.create(CORRECTION)

    with pytest.raises(IdempotencyConflictError):
        supersede(platform, old)

    assert platform.invoices.rows[old.reference] == old


@pytest.mark.parametrize(
    ("state", "outstanding"),
    [
        (S.DRAFT, 12_500),
        (S.PARTIALLY_PAID, 10_000),
        (S.OVERDUE, 10_000),
        (S.PAID, 0),
        (S.CANCELLED, 12_500),
        (S.SUPERSEDED, 12_500),
        (S.EXPIRED, 12_500),
        (S.WRITTEN_OFF, 12_500),
    ],
)
def test_what_holds_money_or_is_over_is_not_superseded(
    platform: Platform, state: InvoiceState, outstanding: int
) -> None:
    """409; neither a new invoice nor a change of the old."""
    old = platform.with_invoice(an_invoice(state=state, outstanding=outstanding))

    with pytest.raises(IllegalTransitionError) as caught:
        supersede(platform, old)

    assert (caught.value.current, caught.value.event) == (state, "supersede")
    assert "supersede" not in caught.value.possible
    assert platform.invoices.rows == {old.reference: old}


def test_a_correction_is_checked_as_any_creation(platform: Platform) -> None:
    """Unknown service: 422, nothing bound and nothing made."""
    old = platform.with_invoice()

    with pytest.raises(InvalidInputError, match="service: unknown_service"):
        supersede(platform, old, replace(CORRECTION, service="nothing"))

    assert supersede(platform, old)[1]


def test_a_strangers_or_unknown_invoice_is_not_superseded(platform: Platform) -> None:
    """404 for both."""
    old = platform.with_invoice()
    strange = replace(CORRECTION, agency="health", service="clinic-fees")

    with pytest.raises(NotFoundError):
        supersede(platform, old, strange, caller=STRANGER)
    with pytest.raises(NotFoundError):
        supersede(platform, an_invoice(reference=a_reference(5)))

    assert platform.invoices.rows == {old.reference: old}


def test_however_long_its_history_a_wrong_bill_can_be_superseded(platform: Platform) -> None:
    """What ends a demand is always possible: else it could never be put right."""
    old = platform.with_invoice(an_invoice(history=tuple(Entry("hold", NOON) for _ in range(CHANGE_COUNT_MAX))))

    supersede(platform, old)

    assert platform.invoices.rows[old.reference].state is InvoiceState.SUPERSEDED


class Meddling(FakeBooks):
    """Before the first commit, somebody else does what `meddle` does."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform.invoices, platform.payments, platform.journal)
        self.meddle: Callable[[], object] | None = None

    def commit(
        self,
        moves: Sequence[Move],
        *,
        transaction: LedgerTransaction | None = None,
        claims: Mapping[str, str] | None = None,
    ) -> CommitOutcome:
        meddle, self.meddle = self.meddle, None
        if meddle is not None:
            meddle()
        return super().commit(moves, transaction=transaction, claims=claims)


def test_two_of_the_same_correction_at_once_make_one(platform: Platform) -> None:
    """The slower finds the successor and answers with it."""
    platform.books = books = Meddling(platform)
    old = platform.with_invoice()
    faster: list[Invoice] = []
    books.meddle = lambda: faster.append(supersede(platform, old)[0])

    slower, is_new = supersede(platform, old)

    assert (slower, is_new) == (faster[0], False)
    assert len(platform.invoices.rows) == 2


def test_two_different_corrections_at_once_leave_one(platform: Platform) -> None:
    """The slower is told that the old one is superseded already, and its invoice was not made."""
    platform.books = books = Meddling(platform)
    old = platform.with_invoice()
    other = replace(CORRECTION, invoice_number="other", idempotency_key="key-3", fingerprint="body-3")
    faster: list[Invoice] = []
    books.meddle = lambda: faster.append(supersede(platform, old, other)[0])

    with pytest.raises(IllegalTransitionError, match="invoice is superseded"):
        supersede(platform, old)

    assert set(platform.invoices.rows) == {old.reference, faster[0].reference}


def test_money_that_comes_first_wins(platform: Platform) -> None:
    """A part was paid between the read and the write: refused, and no successor."""
    platform.books = books = Meddling(platform)
    old = platform.with_invoice()
    paid = replace(old, state=S.PARTIALLY_PAID, outstanding=1, history=(*old.history, Entry("pay_part", NOON, 12_499)))
    books.meddle = lambda: platform.invoices.rows.update({old.reference: paid})

    with pytest.raises(IllegalTransitionError):
        supersede(platform, old)

    assert platform.invoices.rows == {old.reference: paid}


def test_a_taken_reference_is_probed_past(platform: Platform) -> None:
    """Another invoice has the first candidate: the next one is tried, and a repeat finds it again."""
    platform.derivation = FakeDerivation(collision_count=1)
    platform.create(a_creation(invoice_number="someone else", idempotency_key="key-9"))
    old = platform.with_invoice()

    new, is_new = supersede(platform, old)

    assert is_new
    assert supersede(platform, old) == (new, False)
    assert len(platform.invoices.rows) == 3


def test_a_reference_that_a_basket_has_is_probed_past_too(platform: Platform) -> None:
    """Baskets and invoices share one space: what is taken by the one is not free for the other."""
    platform.derivation = FakeDerivation(collision_count=1)
    platform.baskets.add(a_basket(reference=platform.derivation.reference("any", 0)))
    old = platform.with_invoice()

    new, is_new = supersede(platform, old)

    assert is_new
    assert new.reference not in platform.baskets.rows
    assert supersede(platform, old) == (new, False)


def test_collisions_without_end_are_given_up(platform: Platform) -> None:
    """BusyError after five: a retry is safe, nothing was written."""

    class Colliding(FakeBooks):
        def commit(
            self,
            moves: Sequence[Move],
            *,
            transaction: LedgerTransaction | None = None,
            claims: Mapping[str, str] | None = None,
        ) -> CommitOutcome:
            self.commit_count += 1
            return CommitOutcome.CONFLICT

    platform.books = Colliding(platform.invoices, platform.payments, platform.journal)
    old = platform.with_invoice()

    with pytest.raises(BusyError):
        supersede(platform, old)

    assert platform.books.commit_count == RETRY_COUNT_MAX
    assert platform.invoices.rows == {old.reference: old}
