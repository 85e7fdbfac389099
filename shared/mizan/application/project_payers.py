"""Write down which payer an invoice is for, after it was raised or amended: what a search by payer reads.

The invoice's own write does not wait for it and does not pay for it. The stream says what is new; the sweep says it
once more, so that what a stream lost is found.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from mizan.application.ports import Clock, HighWaterMarks, InvoiceRepository, WorkQueue
from mizan.application.ports_search import CreationIndex, PayerIndex
from mizan.application.ports_services import ServiceCatalogue
from mizan.domain.calendar import business_date
from mizan.domain.callbacks import CallbackKey

PREFIX = "INV#"
SETTLING = timedelta(minutes=5)
"""How long what is new is left to the stream, and to the index that the sweep reads."""

FIRST_LOOK_BACK = timedelta(days=2)
"""How far the first sweep of an agency looks back."""

ROW_COUNT_MAX = 20_000
"""Rows of one agency handed over per run; the next run goes on where this one stopped."""

CHUNK_ROW_COUNT = 500


def project_payers(key: CallbackKey, *, invoices: InvoiceRepository, payers: PayerIndex) -> int:
    """Write the rows of the invoice whose head, or kept revision, is stored under `key`; how many. Done again, nothing
    changes. A basket has no payer.
    """
    invoice = invoices.get(key.pk.removeprefix(PREFIX))
    if invoice is None:
        return 0
    for payer in invoice.customer.identifiers:
        payers.put(invoice.agency, payer, f"{invoice.created_at.isoformat()}#{invoice.reference}")
    return len(invoice.customer.identifiers)


def sweep_payers(
    *, services: ServiceCatalogue, created: CreationIndex, queue: WorkQueue, marks: HighWaterMarks, clock: Clock
) -> int:
    """Hand every invoice that was created since the last run to the projector once more; how many were handed over.

    Runs at the same time, repeated or skipped ones are harmless: each agency has a mark that moves forward only.
    Raises what the queue raises: the mark then stays.
    """
    end = clock.now() - SETTLING
    agencies = sorted({service.agency for service in services.all()})
    return sum(_sweep(agency, end, created, queue, marks) for agency in agencies)


def _sweep(agency: str, end: datetime, created: CreationIndex, queue: WorkQueue, marks: HighWaterMarks) -> int:
    name = f"payers#{agency}"
    seen = marks.read(name)
    count, reached = 0, end
    for rows in _chunks(agency, seen or end - FIRST_LOOK_BACK, end, created):
        queue.send([CallbackKey(f"{PREFIX}{row.rpartition('#')[2]}", "HEAD") for row in rows])
        count += len(rows)
        if count >= ROW_COUNT_MAX:
            reached = datetime.fromisoformat(rows[-1].partition("#")[0])
            break
    if seen is None or reached > seen:
        marks.advance(name, seen, reached)  # False: another run is at it, and has handed over the same
    return count


def _chunks(agency: str, start: datetime, end: datetime, created: CreationIndex) -> Iterator[list[str]]:
    """Rows from `start` on, before `end`, in their order; an instant's rows are never split from each other."""
    for day in _days(business_date(start), business_date(end)):
        after = f"{start.isoformat()}#"
        while rows := created.rows_of_day(agency, day, after=after, limit=CHUNK_ROW_COUNT):
            after = rows[-1]
            if ripe := [row for row in rows if row < end.isoformat()]:
                yield ripe
            if len(ripe) < len(rows):
                return


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
