"""What every store promises of services given unpaid: the invoice and its row in the list change together."""

from datetime import UTC, datetime, timedelta

from mizan.domain.invoices import GRACE, Grace, Invoice, InvoiceEvent, InvoiceState, changed
from tests.contract.store.conftest import Store
from tests.fakes.samples import an_invoice

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def served(invoice: Invoice, at: datetime) -> Invoice:
    return changed(
        invoice,
        InvoiceEvent.STAND_IN,
        at,
        amount=invoice.outstanding,
        actor="key:key-1",
        note="All rails are down. كل القنوات متوقفة",
        grace=Grace(at, at + GRACE),
    )


def serve(store: Store, number: int, at: datetime, agency: str = "moic") -> str:
    invoice = an_invoice(number, agency=agency)
    store.invoices.add(invoice)
    assert store.invoices.replace(invoice, served(invoice, at))
    return invoice.reference


def test_a_served_invoice_reads_back_equal(store: Store) -> None:
    """Its grace to the microsecond, its reason in both scripts."""
    invoice = an_invoice()
    store.invoices.add(invoice)
    after = served(invoice, NEW_YEAR + TICK)

    assert store.invoices.replace(invoice, after)

    assert store.invoices.get(invoice.reference) == after
    assert store.invoices.original(after) == invoice


def test_the_list_holds_an_agencys_own_from_the_first_instant_until_before_the_last(store: Store) -> None:
    """Oldest first, over the edge of a month and a year."""
    early = serve(store, 1, NEW_YEAR - TICK)
    edge = serve(store, 2, NEW_YEAR)
    late = serve(store, 3, NEW_YEAR + timedelta(days=40))
    serve(store, 4, NEW_YEAR, agency="health")

    def listed(first: datetime, end: datetime) -> list[str]:
        return list(store.stand_ins.references("moic", first, end))

    assert listed(NEW_YEAR - timedelta(days=31), NEW_YEAR + timedelta(days=99)) == [early, edge, late]
    assert listed(NEW_YEAR - TICK, NEW_YEAR) == [early]
    assert listed(NEW_YEAR, NEW_YEAR + timedelta(days=40)) == [edge]


def test_who_loses_the_race_leaves_no_row(store: Store) -> None:
    """It was paid meanwhile: neither the invoice nor the list knows of the stand-in."""
    invoice = an_invoice()
    store.invoices.add(invoice)
    paid = changed(invoice, InvoiceEvent.PAY, NEW_YEAR, amount=12_500, outstanding=0)
    assert store.invoices.replace(invoice, paid)

    assert not store.invoices.replace(invoice, served(invoice, NEW_YEAR))

    stored = store.invoices.get(invoice.reference)
    assert stored is not None
    assert stored.state is InvoiceState.PAID
    assert list(store.stand_ins.references("moic", NEW_YEAR, NEW_YEAR + TICK)) == []
