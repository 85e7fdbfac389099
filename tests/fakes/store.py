"""The store in memory: the ports' rules and nothing else. It passes the contract suite of the real stores."""

import base64
import threading
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from mizan.application.ports import Page, SettleOutcome
from mizan.domain.callbacks import CALLBACK_SHARD_COUNT, CallbackKey, RawCallback
from mizan.domain.errors import InvalidInputError
from mizan.domain.invoices import Invoice
from mizan.domain.ledger import LedgerTransaction
from mizan.domain.payments import UNDECIDED_STATES, Payment
from mizan.domain.references import parse_payment_id


class FakeInvoiceRepository:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.rows: dict[str, Invoice] = {}
        self._keys: dict[tuple[str, str], str] = {}

    def add(self, invoice: Invoice) -> Invoice | None:
        with self.lock:
            existing = self.rows.get(invoice.reference)
            if existing is None:
                self.rows[invoice.reference] = invoice
            return existing

    def get(self, reference: str) -> Invoice | None:
        return self.rows.get(reference)

    def get_many(self, references: Sequence[str]) -> list[Invoice]:
        return [self.rows[reference] for reference in references if reference in self.rows]

    def replace(self, before: Invoice, after: Invoice) -> bool:
        with self.lock:
            if not self.is_as_seen(before):
                return False
            self.rows[before.reference] = after
            return True

    def is_as_seen(self, before: Invoice) -> bool:
        stored = self.rows.get(before.reference)
        return stored is not None and (stored.state, stored.outstanding) == (before.state, before.outstanding)

    def list_day(self, agency: str, day: date, *, limit: int, cursor: str | None) -> Page:
        after = _read_cursor(cursor)
        rows = sorted(
            (invoice.created_at.isoformat(), invoice.reference)
            for invoice in list(self.rows.values())
            if invoice.agency == agency and invoice.created_at.date() == day
        )
        rows = [row for row in rows if "#".join(row) > after]
        shown = rows[:limit]
        following = base64.urlsafe_b64encode("#".join(shown[-1]).encode()).decode() if len(rows) > limit else None
        return Page(tuple(reference for _, reference in shown), following)

    def reserve_key(self, agency: str, idempotency_key: str, fingerprint: str, now: datetime) -> str:
        with self.lock:
            return self._keys.setdefault((agency, idempotency_key), fingerprint)


def _read_cursor(cursor: str | None) -> str:
    try:
        after = base64.urlsafe_b64decode(cursor).decode() if cursor is not None else ""
    except ValueError:
        raise InvalidInputError.of("cursor", "bad_cursor") from None
    if cursor is not None and "#" not in after:
        raise InvalidInputError.of("cursor", "bad_cursor")
    return after


class FakeJournal:
    def __init__(self) -> None:
        self.rows: dict[CallbackKey, LedgerTransaction] = {}

    def read_day(self, posting_day: date) -> Iterator[LedgerTransaction]:
        rows = [row for row in list(self.rows.values()) if row.posting_day == posting_day]
        yield from sorted(rows, key=lambda row: (row.shard, row.transaction_id))

    def get(self, key: CallbackKey) -> LedgerTransaction | None:
        return self.rows.get(key)


class FakePaymentRepository:
    """Settles over the fakes it is given, under one lock: all of it or none of it."""

    def __init__(self, invoices: FakeInvoiceRepository, journal: FakeJournal) -> None:
        self._invoices, self._journal = invoices, journal
        self.rows: dict[str, Payment] = {}
        self.settle_count = 0

    def add(self, payment: Payment) -> Payment | None:
        with self._invoices.lock:
            existing = self.rows.get(payment.payment_id)
            if existing is None:
                self.rows[payment.payment_id] = payment
            return existing

    def get(self, payment_id: str) -> Payment | None:
        return self.rows.get(payment_id) if parse_payment_id(payment_id) else None

    def list_of_invoice(self, reference: str) -> list[Payment]:
        rows = [row for row in list(self.rows.values()) if row.reference == reference]
        return sorted(rows, key=lambda row: (row.created_at, row.payment_id))

    def replace(self, before: Payment, after: Payment) -> bool:
        with self._invoices.lock:
            if not self._is_as_seen(before):
                return False
            self.rows[before.payment_id] = after
            return True

    def settle(
        self, before: Payment, after: Payment, transaction: LedgerTransaction, paid: tuple[Invoice, Invoice] | None
    ) -> SettleOutcome:
        with self._invoices.lock:
            self.settle_count += 1
            key = CallbackKey(
                f"JRN#{transaction.posting_day:%Y-%m-%d}#{transaction.shard:02d}", transaction.transaction_id
            )
            if not self._is_as_seen(before) or key in self._journal.rows:
                return SettleOutcome.ATTEMPT_CHANGED
            if paid is not None and not self._invoices.replace(*paid):
                return SettleOutcome.INVOICE_CHANGED
            self.rows[before.payment_id] = after
            self._journal.rows[key] = transaction
            return SettleOutcome.SETTLED

    def list_undecided(self, *, limit: int) -> Iterator[str]:
        for shard in range(4):
            rows = [row for row in list(self.rows.values()) if int(row.payment_id[-6:]) % 4 == shard]
            undecided = [row for row in rows if row.state in UNDECIDED_STATES]
            undecided.sort(key=lambda row: (row.created_at, row.payment_id))
            yield from (row.payment_id for row in undecided[:limit])

    def _is_as_seen(self, before: Payment) -> bool:
        stored = self.rows.get(before.payment_id)
        return stored is not None and (stored.state, stored.inquiry_count) == (before.state, before.inquiry_count)


class FakeCallbackLog:
    def __init__(self) -> None:
        self.rows: dict[CallbackKey, RawCallback] = {}
        self.quarantined: dict[CallbackKey, tuple[RawCallback, str]] = {}

    def record(self, callback: RawCallback) -> CallbackKey:
        key = CallbackKey(
            f"CB#{callback.minute}#{callback.shard}", f"{callback.received_at.isoformat()}#{callback.digest[:16]}"
        )
        self.rows[key] = callback
        return key

    def get(self, key: CallbackKey) -> RawCallback | None:
        return self.rows.get(key)

    def keys_of_minute(self, minute: datetime) -> Iterator[CallbackKey]:
        for shard in range(CALLBACK_SHARD_COUNT):
            partition = f"CB#{minute:%Y%m%d%H%M}#{shard}"
            yield from sorted((key for key in list(self.rows) if key.pk == partition), key=lambda key: key.sk)

    def quarantine(self, key: CallbackKey, callback: RawCallback, reason: str) -> None:
        self.quarantined[key] = (callback, reason)


class FakeHighWaterMarks:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.rows: dict[str, datetime] = {}

    def read(self, name: str) -> datetime | None:
        return self.rows.get(name)

    def advance(self, name: str, seen: datetime | None, mark: datetime) -> bool:
        with self._lock:
            if self.rows.get(name) != seen:
                return False
            self.rows[name] = mark
            return True
