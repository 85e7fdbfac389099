"""Reading, listing and cancelling invoices, and reading attempts: only what the caller may see, only legal moves."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mizan.application.change_invoice import RETRY_COUNT_MAX, change_invoice
from mizan.application.read_invoices import read_invoice, show_invoice
from mizan.application.read_payments import list_payments, read_payment
from mizan.application.search_invoices import InvoicePage, InvoiceQuery, InvoiceSearch
from mizan.domain.accounts import Caller
from mizan.domain.errors import BusyError, IllegalTransitionError, NotFoundError
from mizan.domain.invoices import Invoice, InvoiceEvent, InvoiceState
from tests.fakes.clock import NOON
from tests.fakes.platform import Platform
from tests.fakes.samples import AGENCY, CALLER, STRANGER, a_payment, a_reference, an_invoice
from tests.fakes.store import FakeInvoiceRepository, FakePayerIndex


@pytest.fixture
def platform() -> Platform:
    return Platform()


def test_an_agency_reads_its_invoice_and_a_stranger_is_told_that_there_is_none(platform: Platform) -> None:
    """A foreign agency's object is 404, the same answer as for what does not exist."""
    invoice = platform.with_invoice()

    assert read_invoice(invoice.reference, caller=CALLER, invoices=platform.invoices) == invoice
    for caller, reference in [(STRANGER, invoice.reference), (CALLER, a_reference(2)), (CALLER, "123"), (CALLER, "")]:
        with pytest.raises(NotFoundError, match="no such invoice"):
            read_invoice(reference, caller=caller, invoices=platform.invoices)


def test_a_platform_role_reads_every_agencys_invoice(platform: Platform) -> None:
    """`*` is every agency: the pay page and the counter."""
    invoice = platform.with_invoice()

    assert read_invoice(invoice.reference, caller=replace(STRANGER, agency="*"), invoices=platform.invoices) == invoice


def test_a_day_is_listed_oldest_first_and_page_by_page(platform: Platform) -> None:
    """Three invoices in pages of two; another agency's and another day's are not among them."""
    ours = [platform.with_invoice(an_invoice(n, created_at=NOON + timedelta(minutes=9 - n))) for n in (1, 2, 3)]
    platform.with_invoice(an_invoice(4, agency="health"))
    platform.with_invoice(an_invoice(5, created_at=NOON + timedelta(days=1)))

    first, rest = a_day(platform, None), a_day(platform, a_day(platform, None).cursor)

    assert first.invoices == (ours[2], ours[1])
    assert rest.invoices == (ours[0],)
    assert rest.cursor is None


def stores(platform: Platform) -> dict[str, Any]:
    return {"invoices": platform.invoices, "baskets": platform.baskets, "payments": platform.payments}


def cancel(platform: Platform, invoice: Invoice, caller: Caller = CALLER) -> Invoice:
    return change_invoice(
        invoice.reference, InvoiceEvent.CANCEL, caller=caller, invoices=platform.invoices, clock=platform.clock
    )


def a_day(platform: Platform, cursor: str | None) -> InvoicePage:
    search = InvoiceSearch(
        invoices=platform.invoices,
        created=platform.invoices,
        payers=FakePayerIndex(),
        derivation=platform.derivation,
        clock=platform.clock,
    )
    return search.find(InvoiceQuery(AGENCY, 2, NOON.date(), NOON.date(), cursor=cursor))


def test_what_people_see_is_the_invoice_as_of_now_while_what_is_stored_stays(platform: Platform) -> None:
    """Fallen due at the end of its Bahrain day, in the listing and on its own; reading writes nothing."""
    invoice = platform.with_invoice()
    platform.clock.advance(timedelta(days=15))

    shown = show_invoice(invoice.reference, caller=CALLER, invoices=platform.invoices, clock=platform.clock)

    assert shown.state is InvoiceState.OVERDUE
    assert a_day(platform, None).invoices == (shown,)
    assert read_invoice(invoice.reference, caller=CALLER, invoices=platform.invoices) == invoice
    assert platform.invoices.rows == {invoice.reference: invoice}


def test_an_unpaid_invoice_is_cancelled_once(platform: Platform) -> None:
    """Cancelling again is the same answer; what was owed stays on it for the record."""
    invoice = platform.with_invoice()
    platform.clock.advance(timedelta(minutes=5))

    cancelled = cancel(platform, invoice)
    platform.clock.advance(timedelta(minutes=5))
    again = cancel(platform, invoice)

    assert cancelled == again == platform.invoices.rows[invoice.reference]
    assert (cancelled.state, cancelled.amount, cancelled.outstanding) == (InvoiceState.CANCELLED, 12_500, 12_500)
    assert cancelled.updated_at == NOON + timedelta(minutes=5)


def test_a_paid_invoice_cannot_be_cancelled(platform: Platform) -> None:
    """The error says what stood there; nothing is written."""
    paid = platform.with_invoice(an_invoice(state=InvoiceState.PAID, outstanding=0))

    with pytest.raises(IllegalTransitionError, match="invoice is paid: cancel is not possible"):
        cancel(platform, paid)

    assert platform.invoices.rows[paid.reference] == paid


def test_a_stranger_cannot_cancel(platform: Platform) -> None:
    """404, and the invoice stays issued."""
    invoice = platform.with_invoice()

    with pytest.raises(NotFoundError):
        cancel(platform, invoice, caller=STRANGER)

    assert platform.invoices.rows[invoice.reference].state is InvoiceState.ISSUED


class PaidMeanwhile(FakeInvoiceRepository):
    """Somebody pays between the read and the write."""

    def replace(self, before: Invoice, after: Invoice) -> bool:
        self.rows[before.reference] = replace(before, state=InvoiceState.PAID, outstanding=0)
        return super().replace(before, after)


def test_a_payment_that_comes_first_wins_over_the_cancellation(platform: Platform) -> None:
    """The write is conditional on what was read; the second look finds the invoice paid."""
    platform.invoices = PaidMeanwhile()
    invoice = platform.with_invoice()

    with pytest.raises(IllegalTransitionError):
        cancel(platform, invoice)

    assert platform.invoices.rows[invoice.reference].state is InvoiceState.PAID


class AlwaysContended(FakeInvoiceRepository):
    def __init__(self) -> None:
        super().__init__()
        self.try_count = 0

    def replace(self, before: Invoice, after: Invoice) -> bool:
        self.try_count += 1
        return False


def test_cancelling_gives_up_after_a_bounded_number_of_collisions(platform: Platform) -> None:
    """BusyError: a retry is safe, nothing was written."""
    contended = AlwaysContended()
    platform.invoices = contended
    invoice = platform.with_invoice()

    with pytest.raises(BusyError):
        cancel(platform, invoice)

    assert contended.try_count == RETRY_COUNT_MAX == 5


def test_attempts_are_read_by_their_agency_only(platform: Platform) -> None:
    """One attempt, or all of an invoice, oldest first; a stranger is told that there is none."""
    invoice = platform.with_invoice()
    later = platform.with_payment(a_payment(invoice, 1, created_at=NOON + timedelta(hours=1)))
    first = platform.with_payment(a_payment(invoice, 2))

    assert read_payment(first.payment_id, caller=CALLER, payments=platform.payments) == first
    assert list_payments(invoice.reference, caller=CALLER, **stores(platform)) == [
        first,
        later,
    ]
    with pytest.raises(NotFoundError, match="payment"):
        read_payment(first.payment_id, caller=STRANGER, payments=platform.payments)
    with pytest.raises(NotFoundError, match="payment"):
        read_payment("pay_1", caller=CALLER, payments=platform.payments)
    with pytest.raises(NotFoundError, match="invoice"):
        list_payments(invoice.reference, caller=STRANGER, **stores(platform))
